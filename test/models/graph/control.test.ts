import { describe, expect, it } from 'vitest';
import { applyAll } from '../../../models/graph/apply.ts';
import * as f from '../../../models/graph/functions.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { type Graph, input, type Shape, type Tensor } from '../../../models/graph/tensor.ts';

const float = (name: string, shape: Shape) => input(name, 'float32', shape);

/** Adds a row to a running total, and gives the total's double beside it. */
function running(rowShape: Shape = [2]): Graph {
  const [total, row] = [float('total', [2]), float('row', rowShape)];
  const next = f.add(total, row);
  return graphOf({ end: next, double: f.mul(next, 2) }, [total, row]);
}

const scan = (body: Graph, total: Tensor, rows: Tensor) =>
  applyAll('Scan', [total, rows], { body, num_scan_inputs: 1 });

describe('Scan', () => {
  it('runs its body for each row, carries the state, and stacks what comes beside it', async () => {
    // The names outside are those inside, which the file must keep apart.
    const [end, doubles] = scan(running(), float('total', [2]), float('row', ['K', 2]));
    expect([end!.shape, doubles!.shape]).toEqual([[2], ['K', 2]]);
    const session = await openSession(graphOf({ end: end!, double: doubles! }));
    const results = await session.run({
      total: value('float32', Float32Array.of(10, 20), [2]),
      row: value('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]),
    });
    await session.release();
    expect([...results.end!.data]).toEqual([19, 32]);
    expect([...results.double!.data]).toEqual([22, 44, 28, 52, 38, 64]);
    expect(results.double!.dims).toEqual([3, 2]);
  });

  it('keeps an input of the body that nothing needs', async () => {
    const [total, unused, row] = [float('total', [2]), float('unused', [2]), float('row', [2])];
    const body = graphOf({ end: f.add(total, row), same: f.zerosLike(total) }, [total, unused, row]);
    const outputs = applyAll('Scan', [float('a', [2]), float('b', [2]), float('rows', ['K', 2])], {
      body,
      num_scan_inputs: 1,
    });
    expect(outputs.map(({ shape }) => shape)).toEqual([[2], [2]]);
  });

  it('refuses a body that does not fit, and says what would', () => {
    expect(() => scan(running([1]), float('total', [2]), float('rows', ['K', 2]))).toThrow(
      /GRAPH_INVALID.*Scan\(.*expected the inputs of the body to be float32\[2\], float32\[2\]; got float32\[2\], float32\[1\]/,
    );
    const [total, row] = [float('total', [2]), float('row', [2])];
    const grows = graphOf({ end: f.concat([total, row], 0) }, [total, row]);
    expect(() => scan(grows, float('total', [2]), float('rows', ['K', 2]))).toThrow(
      /the state after the body to be float32\[2\]; got float32\[4\]/,
    );
  });
});
