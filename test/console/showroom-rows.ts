import { FEATURE_NAMES, FEATURES_VERSION } from '../../models/features/vector.ts';
import { random } from '../../models/random.ts';
import type { Store } from '../../schemas/clickhouse.ts';
import { type Item, toProduct } from '../sim/items.ts';
import { appeal, type User, type World } from '../sim/world.ts';

export interface Names {
  first: string;
  old: string;
  champion: string;
  next: string;
}

const LISTS = 1_500;
const PER_LIST = 8;
/** Of the newest lists alone features are kept: they are most of what a row takes. */
const WITH_FEATURES = 40;
const HOUR_MS = 3_600_000;
const LAYOUT = { features_version: FEATURES_VERSION };

let offset = 0;
const from = (topic: string, at: number) => ({ topic, partition: 0, offset: offset++, recorded: at });

/** An hour of a shop, as the sinks and the workflows would have archived it. */
export async function fillArchive(store: Store, world: World, models: Names, seed: number): Promise<void> {
  const now_ms = Date.now();
  await store.insert(
    'catalogue',
    world.items.map(item => productRow(item, now_ms - HOUR_MS)),
  );
  const { lists, examples } = listsOf(world, models, seed, now_ms);
  await store.insert('ranked_lists', lists);
  await store.insert('examples', examples);
  await store.insert('promotions', promotions(models, now_ms));
  await store.insert('dead_letters', deadLetters(now_ms));
  await store.insert('charges', charges(world, now_ms));
  await fillChecks(store, now_ms);
  await fillWatch(store, models.champion, now_ms - 90_000);
}

function productRow(item: Item, at: number): object {
  const { v: _v, at_ms: _at, ...product } = toProduct(item, at);
  return { ...product, at, available: true, withdrawn: false, ...from('shop.catalogue', at) };
}

const ARMS = ['champion', 'champion', 'champion', 'champion', 'champion', 'champion', 'control', 'explore'] as const;

function listsOf(world: World, models: Names, seed: number, now_ms: number) {
  const draws = random(seed, 3);
  const lists: object[] = [];
  const examples: object[] = [];
  for (let n = 0; n < LISTS; n++) {
    const at = Math.round(now_ms - 20_000 - (LISTS - n) * (HOUR_MS / LISTS) * 0.95);
    const user = world.users[draws.below(world.users.length)]!;
    const arm = ARMS[draws.below(ARMS.length)]!;
    const model = arm === 'control' ? models.first : n < LISTS * 0.6 ? models.old : models.champion;
    const items = order(world, user, arm, draws);
    const isNew = n >= LISTS - WITH_FEATURES;
    const features = items.map(() => (isNew ? FEATURE_NAMES.map(() => draws.normal()) : []));
    const chances = items.map((item, position) => chanceOf(user, item, position));
    const about = { list: `r-${seed}-${n}`, at, user: user.user, surface: 'home', model, arm, ...LAYOUT };
    lists.push({
      ...about,
      ...{ session: 's', candidates: 120, items: items.map(({ item }) => item), features },
      scores: chances.map(chance => Math.log(chance / (1 - chance)) + 0.25 * draws.normal()),
      propensities: items.map((_, position) => (arm === 'explore' ? 1 / 120 : position === 0 ? 0.93 : 0.95)),
      reasons: items.map(() => ['category', 'vectors', 'together', 'popular', 'fresh'][draws.below(5)]!),
      policies: items.map((_, position) => (position === 3 && n % 7 === 0 ? 'demoted: bought' : '')),
      spent_ms: { queue: 3 + draws.uniform(), candidates: 2.1, features: 1.2, score: 0.8 + draws.uniform() },
      ...from('rank.lists', at),
    });
    for (const [position, { item }] of items.entries()) {
      const clicked = draws.uniform() < chances[position]!;
      const carted = clicked && draws.uniform() < 0.25;
      examples.push({
        ...{ ...about, position, item, propensity: 0.95, features: [], clicked, carted },
        ...{ purchased: carted && draws.uniform() < 0.5, dismissed: !clicked && draws.uniform() < 0.01, version: 1 },
        ...from('rank.examples', at),
      });
    }
  }
  return { lists, examples };
}

function order(world: World, user: User, arm: string, draws: ReturnType<typeof random>): Item[] {
  const noise = { champion: 0.15, control: 0.6, explore: 100 }[arm]!;
  const scored = world.items.map(item => ({ item, by: appeal(user, item) + noise * draws.normal() }));
  return scored
    .sort((a, b) => b.by - a.by)
    .slice(0, PER_LIST)
    .map(({ item }) => item);
}

function chanceOf(user: User, item: Item, position: number): number {
  return Math.min(0.6, (0.015 + 0.8 * appeal(user, item)) * 0.9 ** position);
}

function promotions({ first, old, champion }: Names, now_ms: number): object[] {
  const minutes = (n: number) => now_ms - n * 60_000;
  const rest = { surface: 'home', manifest: 'a'.repeat(64), experiment: '', requested_by: '' };
  const deed = (at: number, kind: string, model: string, previous: string | null, reason: string, stage = '') => ({
    ...{ ...rest, at, kind, model, previous, reason, stage },
    workflow: kind === 'promotion' ? 'retrain-home/3f1c' : 'canary-home/3f1c',
  });
  return [
    deed(minutes(58), 'promotion', first, null, 'the first champion'),
    deed(minutes(41), 'promotion', old, first, 'the first examples of the shop'),
    deed(minutes(29), 'trial', 'home-c5d90be7a3', old, 'every ten minutes', 'canary 5 %'),
    deed(
      minutes(25),
      'trial ended',
      'home-c5d90be7a3',
      old,
      'fewer clicks: −0.03 a list (−0.05 to −0.01)',
      'canary 5 %',
    ),
    { ...deed(minutes(22), 'rollback', first, old, 'empty lists in one category'), requested_by: 'anna' },
    { ...deed(minutes(21), 'rollback', old, first, 'that was the catalogue'), requested_by: 'anna' },
    { ...deed(minutes(16), 'promotion', champion, old, 'every ten minutes'), approved_by: 'anna' },
  ];
}

function deadLetters(now_ms: number): object[] {
  const refused = [
    ['not_json', 'Unexpected token < at the beginning', '<html>'],
    ['invalid_field', 'rating: value: expected a number from 0 to 5', '{"v":1,"type":"rating","value":7}'],
    ['future', 'dated 3 hours after the broker’s time', '{"v":1,"type":"click","at_ms":99999999999999}'],
    ['unknown_type', 'type: hover', '{"v":1,"type":"hover","user":"<script>alert(1)</script>"}'],
    ['invalid_field', 'item: expected a text', '{"v":1,"type":"view","item":4}'],
  ] as const;
  return refused.map(([reason, detail, value], n) => ({
    ...{
      id: `shop.events/${n % 4}/${4_000 + n}`,
      reason,
      detail,
      source_topic: 'shop.events',
      source_partition: n % 4,
    },
    ...{ source_offset: 4_000 + n, key: `u${n}`, value: Buffer.from(value).toString('base64'), truncated: false },
    at: now_ms - n * 240_000,
    ...from('dead.letters', now_ms),
  }));
}

function charges(world: World, now_ms: number): object[] {
  return Array.from({ length: 25 }, (_, n) => {
    const verdict = n === 3 ? 'rest' : n === 0 ? 'spent' : 'billed';
    const billed_micros = verdict === 'billed' ? 310_000 : verdict === 'rest' ? 90_000 : 0;
    const at = now_ms - n * 47_000;
    return {
      ...{
        id: `r-1-${n}/click`,
        campaign: 'spring',
        day: new Date(at).toISOString().slice(0, 10),
        verdict,
        pays_for: 'click',
      },
      ...{
        price_micros: 310_000,
        billed_micros,
        currency: 'EUR',
        daily_micros: 90_000_000,
        at,
        list: `r-1-${n}`,
        list_at: at,
      },
      ...{ item: world.items[n]!.item, position: n % 4, ...from('ads.charges', at) },
    };
  });
}

async function fillChecks(store: Store, now_ms: number): Promise<void> {
  const minutes = Array.from({ length: 55 }, (_, n) => now_ms - (55 - n) * 60_000);
  await store.insert(
    'feature_comparisons',
    minutes.map(until => ({
      until,
      from: until - 60_000,
      ...LAYOUT,
      lists: 40,
      unseen: 1,
      vectors: 160,
      left_out: { 'product changed': 1 },
    })),
  );
  await store.insert(
    'feature_consistency',
    minutes.flatMap((until, n) =>
      FEATURE_NAMES.slice(0, 30).map((feature, place) => {
        const different = n % 9 === 4 && place === 2 ? 3 : 0;
        return { until, feature, compared: 160, different, greatest: different ? 0.4 : 0, list: '', item: '' };
      }),
    ),
  );
}

/** A look at the champion, which saw that one feature has moved. */
async function fillWatch(store: Store, model: string, at: number): Promise<void> {
  const of = { surface: 'home', at, model, promoted: at - HOUR_MS / 4 };
  const signal = (name: string, state: string, value: number, most: number, reason: string) => ({
    ...{ ...of, signal: name, state, since: at - 600_000, says: state === 'off' ? 'good' : 'bad', value, most, reason },
    ...{ low: value * 0.8, high: value * 1.2, epoch: 0, beside: '', scale: null, alone: false },
  });
  await store.insert('watch_signals', [
    signal('drift', 'rising', 0.31, 0.25, 'session.clicks has moved by 0.31, by chance it is 0.02'),
    signal('scores', 'off', 0.04, 0.25, 'scores are as they were'),
    signal('calibration', 'off', 0.03, 0.2, '1.03 clicks for each predicted one'),
    signal('click_rate', 'off', 0.02, 0.1, 'as many clicks as in its first hours'),
    signal('failures', 'off', 0.0002, 0.01, '2 of 9,400 lists failed'),
  ]);
  const moved = ['session.clicks', 'user.clicks.1d', 'item.trend', 'pair.words', 'pair.price_gap'];
  const drift = (feature: string, psi: number) => ({
    ...of,
    feature,
    psi,
    js: psi / 8,
    expected: 0.02,
    chance: 0.06,
    excess: psi - 0.02,
  });
  await store.insert(
    'watch_drift',
    moved.map((feature, n) => drift(feature, 0.31 / (n + 1) ** 2)),
  );
  const reason = 'drift is rising';
  await store.insert('watch_looks', [
    { ...of, act: 'none', reason, outcome: '', workflow: 'watch-home/1', version: 0 },
  ]);
}

/** The losses of a run, as its training would have reported them. */
export async function fillLosses(store: Store, run: string, seed: number): Promise<void> {
  const { normal } = random(seed, 9);
  const epochs = 12;
  await store.insert(
    'training_progress',
    Array.from({ length: epochs * 6 }, (_, n) => {
      const epoch = 1 + Math.floor(n / 6);
      const fall = Math.exp(-n / 22);
      const validation_loss = epoch === 1 ? null : 0.302 + 0.2 * Math.exp(-(epoch - 1) / 2.6);
      return {
        run,
        at: Date.now() - (epochs * 6 - n) * 900,
        epoch,
        epochs,
        loss: 0.29 + 0.34 * fall + 0.003 * normal(),
        validation_loss,
      };
    }),
  );
}
