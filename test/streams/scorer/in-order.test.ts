import { expect, it } from 'vitest';
import { InOrder } from '../../../streams/scorer/in-order.ts';

/** Work that ends when the test says so. */
function works(n: number) {
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const fails: ((error: Error) => void)[] = [];
  const work = (k: number) => () =>
    new Promise<number>((resolve, reject) => {
      begun.push(k);
      ends[k] = () => resolve(k);
      fails[k] = reject;
    });
  return { begun, ends, fails, all: Array.from({ length: n }, (_, k) => work(k)) };
}

const turn = () => new Promise(resolve => setImmediate(resolve));

it('has no more under way than it may, and takes what comes in the order in which it was begun', async () => {
  const { begun, ends, all } = works(4);
  const taken: number[] = [];
  const inOrder = new InOrder(2);
  const done = (async () => {
    for (const work of all) await inOrder.begin(work, k => taken.push(k));
    await inOrder.settled();
  })();
  await turn();
  expect(begun).toEqual([0, 1]);
  ends[1]!();
  await turn();
  expect(taken).toEqual([]);
  expect(begun).toEqual([0, 1]);
  ends[0]!();
  await turn();
  expect(taken).toEqual([0, 1]);
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[2]!();
  await turn();
  ends[3]!();
  await done;
  expect(taken).toEqual([0, 1, 2, 3]);
});

it('takes nothing behind what failed, and says what it was', async () => {
  const { ends, fails, all } = works(3);
  const taken: number[] = [];
  const inOrder = new InOrder(3);
  const done = (async () => {
    for (const work of all) await inOrder.begin(work, k => taken.push(k));
    await inOrder.settled();
  })();
  await turn();
  ends[0]!();
  ends[2]!();
  fails[1]!(new Error('no list'));
  await expect(done).rejects.toThrow('no list');
  await turn();
  expect(taken).toEqual([0]);
});

it('waits for each where one alone may be under way', async () => {
  const { begun, ends, all } = works(2);
  const taken: number[] = [];
  const inOrder = new InOrder(1);
  const done = (async () => {
    for (const work of all) await inOrder.begin(work, k => taken.push(k));
  })();
  await turn();
  expect(begun).toEqual([0]);
  ends[0]!();
  await turn();
  expect([taken, begun]).toEqual([[0], [0, 1]]);
  ends[1]!();
  await done;
});
