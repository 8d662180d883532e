import { benchRanker } from '../../../../bench/scorer/ranker.ts';
import { FEATURE_NAMES } from '../../../../models/features/vector.ts';
import { encode } from '../../../../models/graph/file/encode.ts';
import { ModelProto } from '../../../../models/graph/file/onnx.ts';
import { add, div, log, matmul, relu, slice, sum } from '../../../../models/graph/functions.ts';
import { constant, type Tensor } from '../../../../models/graph/tensor.ts';
import { random } from '../../../../models/random.ts';
import { rankerGraph } from '../../../../models/ranker/ranker.ts';

/** A file that must not serve, and what the refusal has to say. */
export interface BadModel {
  name: string;
  bytes: Uint8Array;
  refusal: RegExp;
}

const WIDTH = FEATURE_NAMES.length;
const first = (x: Tensor) => slice(x, 1, 0, 1);
const ranker = (logit: (x: Tensor) => Tensor, width = WIDTH) => encode(rankerGraph(width, logit));

/** Bad by what is in the file, whoever has signed it. */
export function badModels(): BadModel[] {
  return [
    { name: 'half a file', bytes: benchRanker(1).slice(0, 2_000), refusal: /MODEL_REFUSED/ },
    {
      name: 'another width',
      bytes: ranker(first, WIDTH - 1),
      refusal: new RegExp(`features float32\\[N, ${WIDTH}\\]`),
    },
    {
      name: 'NaN for a row of zeros',
      bytes: ranker(x => div(first(x), sum(x, [1], { keep: true }))),
      refusal: /finite numbers/,
    },
    { name: 'NaN for usual rows', bytes: ranker(x => log(add(first(x), 1))), refusal: /finite numbers/ },
    {
      name: 'data outside of the file',
      bytes: changed(({ graph }) => {
        graph!.initializer![0]!.dataLocation = 1;
        graph!.initializer![0]!.externalData = [{ key: 'location', value: '/etc/passwd' }];
      }),
      refusal: /data inside the file/,
    },
    {
      name: 'an unknown operation',
      bytes: changed(({ graph }) => {
        graph!.node![0]!.opType = 'Frobnicate';
      }),
      refusal: /Frobnicate/,
    },
    { name: 'too slow', bytes: slowRanker(), refusal: /ms at most/ },
  ];
}

const SLOW = { width: 1_024, layers: 60 };

/** A deep perceptron all of whose layers have the same weights: a small file that takes the thread for long. */
export function slowRanker(): Uint8Array {
  const { normal } = random(3);
  const { width, layers } = SLOW;
  const weights = (fanIn: number, fanOut: number, name: string) => {
    const values = Float32Array.from({ length: fanIn * fanOut }, () => normal() * Math.sqrt(2 / fanIn));
    return constant('float32', values, [fanIn, fanOut], name);
  };
  const [into, through, out] = [weights(WIDTH, width, 'in'), weights(width, width, 'w'), weights(width, 1, 'out')];
  return ranker(x => {
    let h = relu(matmul(x, into));
    for (let layer = 0; layer < layers; layer++) h = relu(matmul(h, through));
    return matmul(h, out);
  });
}

function changed(change: (proto: ReturnType<typeof ModelProto.decode>) => void): Uint8Array {
  const proto = ModelProto.decode(benchRanker(1));
  change(proto);
  return new Uint8Array(ModelProto.encode(proto).finish());
}
