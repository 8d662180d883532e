import { FEATURE_NAMES, FEATURES_VERSION } from '../../../models/features/vector.ts';
import { random } from '../../../models/random.ts';
import type { RowStore } from '../../../schemas/clickhouse.ts';

export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;
export const NOW_MS = Math.floor(Date.now() / 1_000) * 1_000;
/** The champion has served for three hours; the reference is its first, the window the last before clicks may still come. */
export const PROMOTED_MS = NOW_MS - 3 * HOUR_MS;
export const MOVED = FEATURE_NAMES.indexOf('item.log_price');
const USERS = 60;
const ITEMS = 4;

export interface Row {
  list: string;
  user: string;
  at: number;
  arm: string;
  model: string;
  features_version: string;
  scores: number[];
  features: number[][];
  clicked: boolean[];
}

/**
 * A list every five seconds, of the former champion for an hour and then of this one; prices rise when its first hour is
 * over. The former one fails half of its last ten minutes, and in the last ten of all a third of the lists come too late
 * for any model.
 */
export function rows(model: string): Row[] {
  const dice = random(7);
  return Array.from({ length: (4 * HOUR_MS) / 5_000 }, (_, n): Row => {
    const at = PROMOTED_MS - HOUR_MS + 5_000 * n;
    const user = dice.below(USERS);
    const isFailing = at < PROMOTED_MS && at >= PROMOTED_MS - 10 * MINUTE_MS && n % 2 === 1;
    const failed = isFailing || n % 200 === 3 ? 'fallback' : 'champion';
    const arm = user < 25 ? 'control' : dice.uniform() < 0.1 ? 'explore' : failed;
    const scores = Array.from({ length: ITEMS }, () => dice.normal() - 1.5);
    const isMoved = at >= PROMOTED_MS + HOUR_MS;
    const row = {
      ...{ list: `l${n}`, user: `u${user}`, at, arm, scores, features_version: FEATURES_VERSION },
      model: arm === 'champion' ? (at < PROMOTED_MS ? 'before' : model) : 'popularity',
      features: scores.map(() =>
        FEATURE_NAMES.map((_, f) => Math.round(1e5 * (dice.uniform() + (f === MOVED && isMoved ? 0.6 : 0))) / 1e5),
      ),
      clicked: scores.map(score => dice.uniform() < 1 / (1 + Math.exp(-score))),
    };
    return at >= NOW_MS - 10 * MINUTE_MS && n % 3 === 0 ? { ...row, ...TOO_LATE } : row;
  });
}

/** As `streams/scorer/late.ts` answers, whoever asks. */
const TOO_LATE = {
  ...{ arm: 'fallback', model: 'popularity', features_version: 'none' },
  ...{ scores: [0, 0, 0, 0], features: [[], [], [], []], clicked: [false, false, false, false] },
};

const itemsOf = ({ scores }: Row) => scores.map((_, place) => `i${place}`);
const sourceOf = (partition: number, offset: number) => ({ topic: 'rank.lists', partition, offset, recorded: NOW_MS });

export async function insertLists(
  store: RowStore,
  lists: readonly Row[],
  { surface = 'home', partition = 0 } = {},
): Promise<void> {
  const written = lists.map(({ clicked: _clicked, ...row }, n) => ({
    ...{ ...row, surface, session: 's', items: itemsOf({ ...row, clicked: [] }), candidates: ITEMS },
    ...sourceOf(partition, n),
  }));
  await store.insert('ranked_lists', written);
}

export async function insertExamples(store: RowStore, lists: readonly Row[], { surface = 'home' } = {}): Promise<void> {
  const written = lists.flatMap(({ clicked, scores: _scores, features: _features, ...row }, n) =>
    clicked.map((click, position) => ({
      ...{ ...row, surface, position, item: `i${position}`, clicked: click, version: 1, features: [] },
      ...sourceOf(0, ITEMS * n + position),
    })),
  );
  await store.insert('examples', written);
}
