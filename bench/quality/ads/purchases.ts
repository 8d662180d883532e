import { type Reliability, reliabilityOf } from '../../../models/evaluate/evidence/reliability.ts';
import { logLoss } from '../../../models/evaluate/metrics.ts';
import { hash32 } from '../../../models/hash.ts';
import { random } from '../../../models/random.ts';
import { sample } from '../../../test/sim/draws.ts';
import { asList } from '../../../test/sim/lists.ts';
import { type Act, browse, toEvent } from '../../../test/sim/shopper.ts';
import { createWorld } from '../../../test/sim/world.ts';
import { ShopState } from '../../modalities/shop-state.ts';
import { visitorsOf } from './visitors.ts';

/** How a shop sells, and for how long it is looked at. */
export interface Shop {
  seed: number;
  lists: number;
  /** From the first list to the last; clicks of the second half are judged. */
  age_ms: number;
  /** Mean of the exponential time from cart to purchase. */
  delay_ms: number;
  /** Whether items differ in what share of their clicks become purchases, from a tenth of the shop's to all of it. */
  differ: boolean;
}

/** P(purchase | click) of each candidate, from their features: [candidates, F] */
export type Predictor = (features: Float32Array, candidates: number) => ArrayLike<number>;

export interface PurchaseFigures {
  reliability: Reliability;
  /** Of a click, in nats. */
  logloss: number;
}

const OPENED_MS = Date.parse('2026-11-01T00:00:00Z');
const ADVERTISED = 96;
const SHOWN = 10;
const BIN_PURCHASES = 40;

/**
 * Purchases that came, sooner or later, for each that was predicted when its list was made: of lists of the simulated shop
 * with items that are advertised, in random order, by the features that the jobs' reducers make.
 */
export function purchasesOf(
  shop: Shop,
  predictors: Readonly<Record<string, Predictor>>,
): Record<string, PurchaseFigures> {
  const { seed, lists, age_ms, delay_ms, differ } = shop;
  const world = createWorld({ seed });
  const advertised = sample(world.items, ADVERTISED, random(seed, 1));
  const items = advertised.map(({ item }) => item);
  const keeps = (item: string) => (differ ? 10 ** -random(hash32(item), seed).uniform() : 1);
  const state = new ShopState(world.items, OPENED_MS);
  const visitor = visitorsOf(world.users, random(seed, 5));
  const judged = { bought: [] as number[], user: [] as number[] };
  const predicted = Object.fromEntries(Object.keys(predictors).map(name => [name, [] as number[]]));
  for (let n = 0; n < lists; n++) {
    const at_ms = Math.round(OPENED_MS + (n * age_ms) / lists);
    const { user, number } = visitor();
    const shown = sample(advertised, SHOWN, random(seed, 2, n));
    const list = asList(shown, user, { id: `l${n}`, session: `s${n}`, arm: 'explore', at_ms });
    const acts = thinned(browse(world, user, list, random(seed, 3, n), delay_ms), keeps, random(seed, 4, n).uniform());
    if (n >= lists / 2) {
      const clicked = acts.filter(({ type }) => type === 'click');
      const { features } = clicked.length > 0 ? state.look(list, items, at_ms) : { features: new Float32Array() };
      for (const [name, predict] of Object.entries(clicked.length > 0 ? predictors : {})) {
        const rates = predict(features, items.length);
        predicted[name]!.push(...clicked.map(({ item }) => rates[items.indexOf(item)]!));
      }
      for (const { item } of clicked) {
        judged.bought.push(Number(acts.some(act => act.type === 'purchase' && act.item === item)));
        judged.user.push(number);
      }
    }
    state.expect(acts.map(act => toEvent(act, list, at_ms + act.after_ms)));
  }
  const [labels, user] = [Uint8Array.from(judged.bought), Int32Array.from(judged.user)];
  return Object.fromEntries(
    Object.entries(predicted).map(([name, rates]) => {
      const logits = Float32Array.from(rates, rate => logit(rate));
      const reliability = reliabilityOf(logits, labels, user, { bin_clicks: BIN_PURCHASES, most_bins: 5 })!;
      return [name, { reliability, logloss: logLoss(logits, labels)! }];
    }),
  );
}

/** Without the purchases that an item that sells less does not have, and what follows from them. */
function thinned(acts: readonly Act[], keeps: (item: string) => number, mark: number): Act[] {
  return acts.filter(({ type, item, position }) => {
    if (type !== 'purchase' && type !== 'return') return true;
    return (mark + position / SHOWN) % 1 < keeps(item);
  });
}

/** A rate above 1, which a share of counts may be, is as sure as one can be. */
function logit(rate: number): number {
  const p = Math.min(1 - 1e-6, rate);
  return Math.log(p / (1 - p));
}
