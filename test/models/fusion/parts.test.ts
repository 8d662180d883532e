import { describe, expect, it } from 'vitest';
import { ListBatches } from '../../../models/fusion/batches.ts';
import { labelColumns, ratesOf } from '../../../models/fusion/labels.ts';
import { fusionParameters, headLosses, initialFusion } from '../../../models/fusion/network.ts';
import { type FusionShape, HEADS } from '../../../models/fusion/shape.ts';
import { Vocabulary, vocabularyOf } from '../../../models/fusion/vocabulary.ts';
import type { Views } from '../../../models/fusion/whitening.ts';
import { sum } from '../../../models/graph/functions.ts';
import { gradients } from '../../../models/graph/gradients.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { input } from '../../../models/graph/tensor.ts';
import { inOrder, shuffled } from '../../../models/graph/training/plans.ts';
import { random } from '../../../models/random.ts';
import { UNKNOWN } from '../../../models/ranker/dataset/dataset.ts';
import { standardOf } from '../../../models/ranker/dataset/statistics.ts';
import { HISTORY } from '../../../models/ranker/model.ts';
import { tastes } from './tastes.ts';

const whole = tastes({ lists: 40, items: 20 });
/** Some items have no text, and so half of these have nothing but their ids, if they have one. */
const words = { ...whole.contents.text!, present: Uint8Array.from(whole.items, (_, item) => Number(item % 5 > 0)) };
const dataset = { ...whole, contents: { ...whole.contents, text: words } };
const vocabulary = new Vocabulary(vocabularyOf(dataset));
const shape: FusionShape = {
  features: 2,
  hidden: [4],
  positions: 5,
  width: 6,
  items: vocabulary.items.length,
  contents: { text: 8, image: 8 },
};
const batches = (dropout?: { rate: number; seed: number }, views?: { of: Views; seed: number }) =>
  new ListBatches(dataset, {
    shape,
    ids: vocabulary.rowsOf(dataset.items),
    columns: labelColumns(dataset),
    ...(dropout && { dropout }),
    ...(views && { views }),
  });

describe('batches of lists', () => {
  it('hold each item once, and the rows and histories of the lists by its place', () => {
    const [batch] = batches().of({ order: Uint32Array.of(3, 1), ends: Uint32Array.of(2) });
    const { item, list, history, id, features } = batch!.feeds;
    const named = vocabulary.rowsOf(dataset.items);
    const expected = [...dataset.item.subarray(15, 20), ...dataset.item.subarray(5, 10)];
    expect(Array.from(item!.data as Int32Array, place => Number(id!.data[place]))).toEqual(
      expected.map(each => named[each]),
    );
    expect([...list!.data]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    expect(batch!.rows).toBe(10);
    expect(features!.data).toEqual(
      Float32Array.of(...dataset.features.subarray(30, 40), ...dataset.features.subarray(10, 20)),
    );
    const longest = history!.dims[1]!;
    for (const [row, each] of [3, 1].entries()) {
      const recent = dataset.history.subarray(each * HISTORY, (each + 1) * HISTORY).filter(place => place >= 0);
      const fed = [...history!.data.subarray(row * longest, (row + 1) * longest)].map(Number);
      expect(fed.filter(place => place >= 0).map(place => id!.data[place])).toEqual(
        [...recent].map(place => named[place]),
      );
    }
  });

  it('leave out modalities, never all of an item that has several, and the same for the same lists', () => {
    const dropped = { there: 0, left: 0 };
    const plan = shuffled(40, 8, random(1));
    const [all, thinned, again] = [batches(), batches({ rate: 0.4, seed: 3 }), batches({ rate: 0.4, seed: 3 })].map(
      source =>
        [...source.of(plan)].map(({ feeds }) =>
          [feeds.id!, feeds['text.present']!, feeds['image.present']!].map(({ data }) => [...data].map(Number)),
        ),
    );
    expect(again).toEqual(thinned);
    for (const [batch, [id, text, image]] of all!.entries()) {
      for (const item of id!.keys()) {
        const before = [id!, text!, image!].map(each => Number(each[item]! > 0));
        const after = thinned![batch]!.map(each => Number(each[item]! > 0));
        const [had, has] = [before, after].map(each => each.reduce((a, b) => a + b));
        expect(after.every((each, k) => each <= before[k]!)).toBe(true);
        if (had! > 1) expect(has).toBeGreaterThan(0);
        dropped.there += had!;
        dropped.left += had! - has!;
      }
    }
    expect(dropped.left / dropped.there).toBeGreaterThan(0.2);
    expect(dropped.left / dropped.there).toBeLessThan(0.4);
  });

  it('show an item as it is or in one of its views, and the same for the same lists', () => {
    const marked = [2, 3].map(mark => words.vectors.map(() => mark));
    const plan = shuffled(40, 8, random(1));
    const seen = () =>
      [...batches(undefined, { of: { text: marked }, seed: 5 }).of(plan)].flatMap(({ feeds }) =>
        [...feeds['text.present']!.data].map((there, item) => [Number(there), Number(feeds.text!.data[item * 8])]),
      );
    const once = seen();
    expect(seen()).toEqual(once);
    expect(once.every(([there, first]) => there === 1 || first === 0)).toBe(true);
    const counts = [2, 3].map(mark => once.filter(([, first]) => first === mark).length);
    const shown = once.filter(([there]) => there === 1).length;
    for (const count of counts) expect(Math.abs(count / shown - 1 / 3)).toBeLessThan(0.12);
  });
});

describe('labels', () => {
  it('that nobody knows do not count', () => {
    const half = { ...dataset, carted: dataset.carted.map((each, row) => (row % 2 ? UNKNOWN : each)) };
    const { counts, label } = labelColumns(half);
    const cart = HEADS.findIndex(({ name }) => name === 'cart');
    const dismiss = HEADS.findIndex(({ name }) => name === 'dismiss');
    expect(counts!.data[1 * HEADS.length + cart]).toBe(0);
    expect(counts!.data[2 * HEADS.length + cart]).toBeCloseTo(HEADS[cart]!.weight);
    expect(Math.max(...label!.data)).toBe(1);
    expect(
      Math.max(...Array.from({ length: half.rows }, (_, row) => counts!.data[row * HEADS.length + dismiss]!)),
    ).toBe(0);
    expect(ratesOf(half).every(rate => rate > 0 && rate < 1)).toBe(true);
  });
});

describe('the losses of the heads', () => {
  it('have the gradient that their differences say', async () => {
    const vector = fusionParameters(shape);
    const parameters = input('parameters', 'float32', [vector.size]);
    const losses = headLosses(shape, { standard: standardOf(dataset), whitenings: {} }, vector.slices(parameters));
    const total = sum(losses);
    const session = await openSession(graphOf({ total, slope: gradients(total, [parameters])[0]! }));
    const [batch] = batches({ rate: 0.5, seed: 3 }).of(inOrder(40, 40));
    const draws = random(5);
    const at = initialFusion(shape, ratesOf(dataset), random(1)).map(x => x + 0.2 * draws.normal());
    const way = at.map(() => draws.normal());
    const run = (step: number) =>
      session.run({
        ...batch!.feeds,
        parameters: value(
          'float32',
          at.map((x, k) => x + step * way[k]!),
          [vector.size],
        ),
      });
    const slope = (await run(0)).slope!.data as Float32Array;
    const along = way.reduce((total, each, k) => total + each * slope[k]!, 0);
    const [up, down] = [await run(1e-3), await run(-1e-3)].map(({ total }) => Number(total!.data[0]));
    await session.release();
    expect(Math.abs(along)).toBeGreaterThan(1);
    expect((up! - down!) / 2e-3 / along).toBeCloseTo(1, 1);
    for (const name of vector.names) {
      expect(
        vector.views(slope)[name]!.some(each => each !== 0),
        name,
      ).toBe(true);
    }
  });
});
