import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeFile } from '../../../../models/graph/file/decode.ts';
import { encode } from '../../../../models/graph/file/encode.ts';
import * as f from '../../../../models/graph/functions.ts';
import { gradients } from '../../../../models/graph/gradients.ts';
import { graphOf } from '../../../../models/graph/graph.ts';
import { rewrite } from '../../../../models/graph/rewrite.ts';
import { openSession, value } from '../../../../models/graph/runtime.ts';
import { type Graph, input, type Tensor } from '../../../../models/graph/tensor.ts';
import { random } from '../../../../models/random.ts';
import { installWeights } from '../../../../services/weights/weights.ts';

const draws = random(5);
/** Three texts of 9 words, the second and third shorter. */
const dims = [3, 9];
const feeds = {
  input_ids: value(
    'int64',
    whole(() => 1_000 + draws.below(25_000)),
    dims,
  ),
  attention_mask: value(
    'int64',
    whole(place => Number(place % 9 < 9 - 2 * Math.floor(place / 9))),
    dims,
  ),
  token_type_ids: value(
    'int64',
    whole(() => 0),
    dims,
  ),
};

function whole(of: (place: number) => number): BigInt64Array {
  return BigInt64Array.from({ length: 27 }, (_, place) => BigInt(of(place)));
}

/** What is in the files of a published encoder, made by PyTorch's exporter for operator set 11. */
describe.each(['all-minilm-l6-v2-onnx', 'all-minilm-l6-v2-int8'] as const)('%s', name => {
  let file: string;
  let graph: Graph;
  beforeAll(async () => {
    file = path.join(await installWeights(name), 'model.onnx');
    graph = await decodeFile(file);
  });

  it('gives after decoding and encoding the same numbers, bit by bit', async () => {
    const run = async (model: Uint8Array) => {
      const session = await openSession(model);
      const { last_hidden_state } = await session.run(feeds);
      await session.release();
      return last_hidden_state!;
    };
    const before = await run(await readFile(file));
    const after = await run(encode(graph));
    expect(before.dims).toEqual([3, 9, 384]);
    expect(after.dims).toEqual(before.dims);
    expect(Buffer.compare(bytesOf(after.data), bytesOf(before.data))).toBe(0);
  });
});

describe('an imported encoder is differentiated through', () => {
  it('its embeddings of words get gradients that central differences confirm', async () => {
    const imported = await decodeFile(path.join(await installWeights('all-minilm-l6-v2-onnx'), 'model.onnx'));
    const words = lookups(imported)[0]!;
    const shift = input('shift', 'float32', words.shape);
    const shifted = rewrite(imported, (was, now) => (was === words ? f.add(now, shift) : now));
    const hidden = shifted.outputs.last_hidden_state!;
    // In float64, so that adding up does not hide what the differences are to show.
    const loss = f.mean(f.mul(f.cast(f.tanh(hidden), 'float64'), f.cast(f.sin(hidden), 'float64')));
    const session = await openSession(graphOf({ loss, slope: gradients(loss, [shift])[0]! }));

    const direction = Float32Array.from({ length: 27 * 384 }, () => draws.normal());
    const at = async (h: number) => {
      const data = direction.map(each => each * h);
      return session.run({ ...feeds, shift: value('float32', data, [...dims, 384]) });
    };
    const h = 1e-4;
    const [here, ahead, behind] = [await at(0), await at(h), await at(-h)];
    await session.release();
    const slope = here.slope!.data as Float32Array;
    const along = slope.reduce((sum, each, place) => sum + each * direction[place]!, 0);
    const difference = (Number(ahead.loss!.data[0]) - Number(behind.loss!.data[0])) / (2 * h);
    expect(Math.abs(along)).toBeGreaterThan(1e-3);
    expect(Math.abs(along - difference)).toBeLessThan(0.01 * Math.abs(difference));
  });
});

/** What is looked up by the words' ids, which are the graph's first input. */
function lookups({ tensors, inputs }: Graph): Tensor[] {
  const ids = inputs.find(({ origin }) => origin.kind === 'input' && origin.name === 'input_ids')!;
  return tensors.filter(
    ({ origin }) => origin.kind === 'output' && origin.node.op === 'Gather' && origin.node.inputs[1] === ids,
  );
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
