import type { Taste } from '../../models/features/taste.ts';
import type { RankRequest, Surface } from '../../schemas/ranking.ts';
import type { Memory } from '../scorer/memory.ts';
import type { Candidate } from './candidate.ts';
import { homeCandidates } from './home.ts';

/** How each surface finds its candidates. Those that have no way of their own yet use the home surface's. */
const SOURCES: Partial<Record<Surface, (memory: Memory, taste: Taste, now_ms: number) => Candidate[]>> = {
  home: homeCandidates,
};

/** The request's own candidates where it brings some, else the surface's. */
export function candidatesFor(request: RankRequest, memory: Memory, taste: Taste): Candidate[] {
  if (request.shown) return request.shown.map(({ item }) => ({ item, reason: 'recorded' }));
  if (request.candidates) return [...new Set(request.candidates)].map(item => ({ item, reason: 'requested' }));
  return (SOURCES[request.surface] ?? homeCandidates)(memory, taste, request.at_ms);
}
