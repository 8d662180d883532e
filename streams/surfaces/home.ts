import type { Taste } from '../../models/features/taste.ts';
import type { Memory } from '../scorer/memory.ts';
import type { Candidate } from './candidate.ts';

/** How many candidates each source of the home surface may give. */
const SOURCES = { seen: 24, category: 150, popular: 250, fresh: 76 };
const CATEGORIES = 5;

/** Recommendation: what the user looked at, what is popular in the categories that the user likes, what is popular, what is new. */
export function homeCandidates(memory: Memory, taste: Taste, now_ms: number): Candidate[] {
  const found = new Map<string, string>();
  const take = (items: Iterable<string>, reason: string, most: number) => {
    let taken = 0;
    for (const item of items) {
      if (taken >= most) break;
      if (found.has(item) || memory.products.get(item)?.available !== true) continue;
      found.set(item, reason);
      taken++;
    }
  };
  take(taste.item.keys(), 'seen', SOURCES.seen);
  const liked = [...taste.category]
    .filter(([, share]) => share > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, CATEGORIES);
  for (const [category] of liked) {
    const items = memory.popular(now_ms).filter(item => memory.inCategory(category).has(item));
    take(items, 'category', Math.ceil(SOURCES.category / liked.length));
  }
  take(memory.popular(now_ms), 'popular', SOURCES.popular);
  take(memory.fresh(now_ms), 'fresh', SOURCES.fresh);
  return [...found].map(([item, reason]) => ({ item, reason }));
}
