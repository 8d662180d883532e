import { fuseLanes } from '../../models/retrieval/fuse.ts';
import type { RankRequest, Surface as SurfaceName } from '../../schemas/topics/ranking.ts';
import { ADS } from './ads.ts';
import { HOME } from './home.ts';
import type { Ask, Candidate, Lane, Proposed, Surface } from './lane.ts';
import { SEARCH } from './search.ts';

/** How each surface finds its candidates. Those that have no way of their own yet use the home surface's. */
const SURFACES: Record<SurfaceName, Surface> = { home: HOME, search: SEARCH, ads: ADS, support: HOME };

/** The request's own candidates where it brings some, else those of the surface's lanes, fused. */
export function candidatesFor(ask: Ask): Proposed {
  const { shown, candidates, surface } = ask.request;
  if (shown) return { candidates: shown.map(({ item }) => ({ item, reason: 'recorded', relevance: 0 })) };
  if (candidates) {
    const different = new Set(candidates);
    const items = different.size === candidates.length ? candidates : [...different];
    return { candidates: items.map(item => ({ item, reason: 'requested', relevance: 0 })) };
  }
  const asked = SURFACES[surface];
  if (asked.order === 'relevance') return asked.find(ask, asked.candidates);
  return { candidates: fused(asked.lanes, asked.candidates, ask) };
}

/** Whether candidates are to be found for what a user typed. */
export function asksForSearch(request: RankRequest): request is RankRequest & { query: string } {
  const { surface, query, search, shown, candidates } = request;
  const isFound = !shown && !candidates && search?.suggest === undefined;
  return SURFACES[surface].order === 'relevance' && query !== undefined && isFound;
}

/** Whether the champion is asked what it expects: lanes find the candidates that it orders. */
export function asksChampion({ shown, candidates, surface }: RankRequest): boolean {
  return !shown && !candidates && SURFACES[surface].order === 'champion';
}

/** What orders a request's candidates where its surface has no champion of its own: the champion those that it brings, and else what the surface says. */
export function orderOf({
  shown,
  candidates,
  surface,
}: Pick<RankRequest, 'shown' | 'candidates' | 'surface'>): Surface['order'] {
  return shown || candidates ? 'champion' : SURFACES[surface].order;
}

function fused(lanes: readonly Lane[], candidates: number, ask: Ask): Candidate[] {
  const { available } = ask.memory;
  const ranked = lanes.map(({ reason, most, weight = 1, find }) => {
    const items: string[] = [];
    for (const item of find(ask, most)) {
      if (items.length === most) break;
      if (available.has(item)) items.push(item);
    }
    return { reason, weight, items };
  });
  return fuseLanes(ranked, candidates);
}
