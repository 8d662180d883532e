import { fuseLanes } from '../../models/retrieval/fuse.ts';
import type { Surface as SurfaceName } from '../../schemas/ranking.ts';
import { HOME } from './home.ts';
import type { Ask, Candidate, Surface } from './lane.ts';
import { SEARCH } from './search.ts';

/** How each surface finds its candidates. Those that have no way of their own yet use the home surface's. */
const SURFACES: Record<SurfaceName, Surface> = { home: HOME, search: SEARCH, ads: HOME, support: HOME };

/** The request's own candidates where it brings some, else those of the surface's lanes, fused. */
export function candidatesFor(ask: Ask): Candidate[] {
  const { shown, candidates, surface } = ask.request;
  if (shown) return shown.map(({ item }) => ({ item, reason: 'recorded' }));
  if (candidates) return [...new Set(candidates)].map(item => ({ item, reason: 'requested' }));
  return found(SURFACES[surface], ask);
}

function found({ lanes, candidates }: Surface, ask: Ask): Candidate[] {
  const { available } = ask.memory;
  const ranked = lanes.map(({ reason, most, find }) => {
    const items: string[] = [];
    for (const item of find(ask, most)) {
      if (items.length === most) break;
      if (available.has(item)) items.push(item);
    }
    return { reason, items };
  });
  return fuseLanes(ranked, candidates);
}
