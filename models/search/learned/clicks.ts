import { eachOf, type Pause } from './log.ts';
import { type Pair, Pairs, phrasesIn, replacedIn, type WordedSearch } from './pairs.ts';

/** Queries of one product that are compared with each other, those of most users first. */
const QUERIES_PER_ITEM = 20;
/** How alike the products of both have to be: the cosine of their clicks. */
const LEAST_COSINE = 0.3;

/** Two phrases that lead to the same products. */
export interface ClickedAlike extends Pair {
  /** Different users that clicked by each what somebody clicked by the other, the fewer of both. */
  users: number;
  /** How much more often a click by the one leads over a product to the other than if both were independent. */
  lift: number;
}

/**
 * Phrases whose queries lead to the same products, both ways. Queries are compared that differ in them alone; then all
 * queries with one of them count. A click counts once for a user.
 */
export async function clickedAlike(worded: readonly WordedSearch[], pause: Pause): Promise<ClickedAlike[]> {
  const candidates = await candidatesIn(worded, pause);
  const phrases = new Set([...candidates.values()].flatMap(({ from, to }) => [from, to]));
  const clicks = new Map<string, Map<string, Set<string>>>();
  const ofItems = new Map<string, number>();
  const counted = new Set<string>();
  await eachOf(worded, pause, ({ user, terms, clicked }) => {
    const asked = phrasesIn(terms).filter(phrase => phrases.has(phrase));
    for (const item of clicked) {
      const key = `${user}\0${item}`;
      if (!counted.has(key)) ofItems.set(item, (ofItems.get(item) ?? 0) + 1);
      counted.add(key);
      for (const phrase of asked) {
        const items = getOr(clicks, phrase, () => new Map<string, Set<string>>());
        getOr(items, item, () => new Set<string>()).add(user);
      }
    }
  });
  const none: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  return [...candidates.values()].flatMap(pair => {
    const [a, b] = [clicks.get(pair.from) ?? none, clicks.get(pair.to) ?? none];
    const { cosine, lift } = likenessOf(a, b, ofItems, counted.size);
    return cosine < LEAST_COSINE ? [] : [{ ...pair, users: Math.min(sharing(a, b), sharing(b, a)), lift }];
  });
}

/** Pairs of queries that led to one product and differ in a word or two, both ways. */
async function candidatesIn(worded: readonly WordedSearch[], pause: Pause): Promise<Map<string, Pair>> {
  const byItem = new Map<string, Map<string, { terms: readonly string[]; users: Set<string> }>>();
  await eachOf(worded, pause, ({ user, terms, clicked }) => {
    const query = terms.join(' ');
    for (const item of clicked) {
      const queries = getOr(byItem, item, () => new Map<string, { terms: readonly string[]; users: Set<string> }>());
      getOr(queries, query, () => ({ terms, users: new Set<string>() })).users.add(user);
    }
  });
  const pairs = new Map<string, Pair>();
  await eachOf([...byItem.values()], pause, queries => {
    const most = [...queries.values()].sort((a, b) => b.users.size - a.users.size).slice(0, QUERIES_PER_ITEM);
    for (const one of most) {
      for (const other of most) {
        const pair = one === other ? undefined : replacedIn(one.terms, other.terms);
        if (pair) pairs.set(Pairs.keyOf(pair), pair);
      }
    }
  });
  return pairs;
}

/** @param all clicks, each user's on an item once */
function likenessOf(
  a: ReadonlyMap<string, ReadonlySet<string>>,
  b: ReadonlyMap<string, ReadonlySet<string>>,
  ofItems: ReadonlyMap<string, number>,
  all: number,
): { lift: number; cosine: number } {
  let [walked, product] = [0, 0];
  for (const [item, { size: byA }] of a) {
    const byB = b.get(item)?.size ?? 0;
    walked += (byA * byB) / ofItems.get(item)!;
    product += byA * byB;
  }
  const [ofA, ofB] = [a, b].map(of => Array.from(of.values(), ({ size }) => size));
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const norm = (counts: readonly number[]) => Math.sqrt(sum(counts.map(count => count * count)));
  const cosine = product / (norm(ofA!) * norm(ofB!) || 1);
  return { lift: (walked * all) / (sum(ofA!) * sum(ofB!) || 1), cosine };
}

/** Different users that clicked by the one what somebody clicked by the other. */
function sharing(one: ReadonlyMap<string, ReadonlySet<string>>, other: ReadonlyMap<string, unknown>): number {
  return new Set([...one].flatMap(([item, users]) => (other.has(item) ? [...users] : []))).size;
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
