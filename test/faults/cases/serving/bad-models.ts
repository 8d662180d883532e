import { benchRanker } from '../../../../bench/scorer/ranker.ts';
import { FEATURE_NAMES } from '../../../../models/features/vector.ts';
import { encode } from '../../../../models/graph/file/encode.ts';
import { ModelProto } from '../../../../models/graph/file/onnx.ts';
import {
  add,
  div,
  gather,
  gemm,
  log,
  matmul,
  mul,
  relu,
  reshape,
  slice,
  sum,
} from '../../../../models/graph/functions.ts';
import { graphOf } from '../../../../models/graph/graph.ts';
import { constant, type Tensor } from '../../../../models/graph/tensor.ts';
import { random } from '../../../../models/random.ts';
import { rankerGraph } from '../../../../models/ranker/ranker.ts';
import { historyInputs } from '../../../../models/sequence/ranker.ts';

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

/** A history has fewer events than a request has candidates. */
const SLOW = { width: 1_024, layers: 60, layersOfEvents: 500 };

/** A deep perceptron all of whose layers have the same weights: a small file that takes the thread for long. */
export function slowRanker(): Uint8Array {
  const { width } = SLOW;
  const [into, out] = [weights(WIDTH, width, 'in'), weights(width, 1, 'out')];
  return ranker(x => matmul(deep(relu(matmul(x, into)), SLOW.layers), out));
}

/** The graph of a sequence ranker that does the same to each event of a history. */
export function slowSequenceRanker(items: number): Uint8Array {
  const { width } = SLOW;
  const [sequence, places] = historyInputs();
  const table = weights(items, width, 'table');
  const events = deep(reshape(gather(table, sequence), [-1, width]), SLOW.layersOfEvents);
  return encode(graphOf({ score: gemm(gather(events, places), table, { transB: true }) }, [sequence, places]));
}

function deep(h: Tensor, layers: number): Tensor {
  // No constant: ONNX Runtime would arrange it anew for each of the layers, which takes seconds and gigabytes to load.
  const nothing = mul(sum(h, [0, 1], { keep: true }), 0);
  const through = add(weights(SLOW.width, SLOW.width, 'w'), nothing);
  for (let layer = 0; layer < layers; layer++) h = relu(matmul(h, through));
  return h;
}

function weights(fanIn: number, fanOut: number, name: string): Tensor {
  const { normal } = random(3);
  const values = Float32Array.from({ length: fanIn * fanOut }, () => normal() * Math.sqrt(2 / fanIn));
  return constant('float32', values, [fanIn, fanOut], name);
}

function changed(change: (proto: ReturnType<typeof ModelProto.decode>) => void): Uint8Array {
  const proto = ModelProto.decode(benchRanker(1));
  change(proto);
  return new Uint8Array(ModelProto.encode(proto).finish());
}
