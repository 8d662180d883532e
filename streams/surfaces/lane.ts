import type { Taste } from '../../models/features/taste.ts';
import type { QueryFit } from '../../models/features/vector.ts';
import type { RecentEvent } from '../../schemas/topics/features.ts';
import type { RankRequest } from '../../schemas/topics/ranking.ts';
import type { SearchTold } from '../../schemas/topics/search.ts';
import type { Memory } from '../scorer/memory/memory.ts';
import type { QueryVector } from './query-vectors.ts';

/** An item that may stand on a list. */
export interface Candidate {
  item: string;
  /** The lane that proposed it. */
  reason: string;
  /** How well it fits what was asked for, where that is known: the more the better. */
  relevance: number;
  /** How it fits what was typed, where a search found it. */
  fit?: QueryFit;
  /** Whether it fits so little beside the best that no ranker may put it before what fits. */
  isFar?: boolean;
}

/** Who asks for candidates, and what is known. */
export interface Ask {
  request: RankRequest;
  memory: Memory;
  /** The user's recent events, newest first. */
  recent: RecentEvent[];
  taste: Taste;
  /** What the champion expects the user to take next, best first; absent where it does not say. */
  next?: readonly string[];
  /** Of the request's query, where there is one. */
  queryVector?: QueryVector | undefined;
}

/** One way to find candidates: a row of a surface's table. */
export interface Lane {
  /** What the list says of its items. */
  reason: string;
  /** Items it may give. */
  most: number;
  /** How much its ranks count, 1 where it is not said. */
  weight?: number;
  /** Best first, and more than `most` where some may not be available. */
  find(ask: Ask, most: number): readonly string[];
}

/** A surface whose candidates come from lanes, fused, so many of them, and are put in order by the champion. */
export interface LaneSurface {
  order: 'champion';
  candidates: number;
  lanes: readonly Lane[];
}

/** A surface whose candidates are found for a query, and are in the order of their relevance where it has no champion of its own. */
export interface QuerySurface {
  order: 'relevance';
  candidates: number;
  find(ask: Ask, most: number): Proposed;
}

/** Candidates, and what the list says of how they were found. */
export interface Proposed {
  candidates: Candidate[];
  search?: SearchTold;
}

export type Surface = LaneSurface | QuerySurface;
