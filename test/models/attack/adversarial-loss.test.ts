import { describe, expect, it } from 'vitest';
import { adversarialLoss } from '../../../models/attack/adversarial-loss.ts';
import { attackGraph } from '../../../models/attack/attack-graph.ts';
import * as f from '../../../models/graph/functions.ts';
import { gradients } from '../../../models/graph/gradients.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { input } from '../../../models/graph/tensor.ts';
import { type Net, trainedNet } from './net.ts';

const attack = { norm: 'linf', budget: 0.2, steps: 3 } as const;

describe('adversarial training', () => {
  it('withstands an attack, also one that it was not trained against, better than training without', async () => {
    const plain = await trainedNet(6);
    const hardened = await trainedNet(6, (loss, x) => adversarialLoss(loss, [x], attack));
    for (const other of [attack, { norm: 'l2', budget: 0.5, steps: 10 } as const]) {
      const [before, after] = [await attackedLoss(plain, other), await attackedLoss(hardened, other)];
      expect(after.attacked).toBeLessThan(before.attacked * 0.7);
    }
  });

  it('minimises the mix of both losses, the change held constant', async () => {
    // loss = w x, so the best change within [-0.2, 0.2] is 0.2 sign(w), and the mix w x + 0.25 * 0.2 |w| in value;
    // its gradient by w, where the change is constant, is x + 0.25 * 0.2 sign(w).
    const [x, w] = [input('x', 'float32', ['N', 1]), input('w', 'float32', [])];
    const loss = adversarialLoss(f.sum(f.mul(x, w)), [x], { ...attack, share: 0.25 });
    const session = await openSession(graphOf({ loss, slope: gradients(loss, [w])[0]! }));
    const results = await session.run({
      x: value('float32', Float32Array.of(3), [1, 1]),
      w: value('float32', Float32Array.of(-2), []),
    });
    await session.release();
    expect(Number(results.loss!.data[0])).toBeCloseTo(-6 + 0.25 * 0.2 * 2, 5);
    expect(Number(results.slope!.data[0])).toBeCloseTo(3 - 0.25 * 0.2, 5);
  });

  it('goes on through the tensor that is attacked to what it is computed from', async () => {
    // The attacked tensor is e = v^2 with the loss sum(e): the change is constant, and d(mix)/dv = 2 v.
    const v = input('v', 'float32', ['N', 1]);
    const embedded = f.mul(v, v);
    const loss = adversarialLoss(f.sum(embedded), [embedded], { ...attack, share: 1 });
    const session = await openSession(graphOf({ loss, slope: gradients(loss, [v])[0]! }));
    const results = await session.run({ v: value('float32', Float32Array.of(3), [1, 1]) });
    await session.release();
    expect(Number(results.loss!.data[0])).toBeCloseTo(9.2, 5);
    expect(Number(results.slope!.data[0])).toBeCloseTo(6, 5);
  });
});

async function attackedLoss({ graph, rows }: Net, given: Parameters<typeof attackGraph>[2]) {
  const session = await openSession(attackGraph(graph, { loss: 'loss', inputs: ['x'] }, given));
  const count = rows.y.length;
  const results = await session.run({
    x: value('float32', Float32Array.from(rows.x), [count, rows.x.length / count]),
    y: value('float32', Float32Array.from(rows.y), [count, 1]),
  });
  await session.release();
  return { clean: Number(results.loss!.data[0]), attacked: Number(results.attacked_loss!.data[0]) };
}
