import type { Deed } from '../models/watch/decide.ts';
import type { BackfillComparison, BackfillPart, BackfillScope, Position } from '../schemas/backfills.ts';
import type { RowStore } from '../schemas/clickhouse.ts';
import type { Remain } from '../schemas/erasures.ts';
import type { Log } from '../schemas/log.ts';
import type { Promotion } from '../schemas/models/models.ts';
import type { Trial, TrialEnd } from '../schemas/models/trials.ts';
import type { Config } from '../schemas/settings/config.ts';
import type { LearnedForAds } from '../schemas/topics/ads.ts';
import type { Surface } from '../schemas/topics/ranking.ts';
import type { LearnedSearches } from '../schemas/topics/search.ts';

/** What activities reach the world through; whoever starts the worker fills it. */
export interface Ports {
  config: Config;
  store: RowStore;
  champions: Champions;
  backfills: Backfills;
  searches: Searches;
  ads: Ads;
  userLogs: UserLogs;
  /** Tells those who watch this worker that it has looked at the champion, and what is to follow. */
  looked(surface: Surface, at_ms: number, act: Deed['act']): void;
  log: Log;
}

/** The topic `models`: who is champion of a surface, and who is on trial there. */
export interface Champions {
  of(surface: Surface): Promise<Promotion | undefined>;
  promote(promotion: Promotion): Promise<void>;
  trialOn(surface: Surface): Promise<Trial | undefined>;
  setTrial(trial: Trial): Promise<void>;
  endTrial(end: TrialEnd): Promise<void>;
}

/** The topic `search.learned`. */
export interface Searches {
  /** Publishes what takes the place of what was learned before. */
  learned(part: LearnedSearches): Promise<void>;
}

/** The topic `ads.learned`. */
export interface Ads {
  /** Publishes what takes the place of what was learned before. */
  learned(part: LearnedForAds): Promise<void>;
}

/** The topics of features' states: rebuilding them from the archive. Each step may be done again at any time. */
export interface Backfills {
  /** @param features that are to differ; none: all of them may */
  begin(features: readonly string[]): Promise<Pick<BackfillScope, 'least' | 'imports'>>;
  position(scope: Pick<BackfillScope, 'least' | 'imports'>): Promise<Position>;
  rebuild(
    part: BackfillPart,
    pulse: (done: { entity: string; partition: number; offset: number }) => void,
  ): Promise<void>;
  /** @param features that are to differ; none: all of them may */
  compare(part: BackfillPart, features: ReadonlySet<string>, goOn: () => void): Promise<BackfillComparison>;
  /** @returns how many buckets were not there */
  publish(part: BackfillPart): Promise<number>;
  /** Removes a run's files. */
  clear(run: string): Promise<void>;
}

/** A user's records in the topics. Each step may be done again at any time. */
export interface UserLogs {
  /** How many stages there are, one made of the other. */
  stages: number;
  /**
   * Tells whoever reads the user's events that nothing of before is to be known. @returns when the broker took that, and
   * where it ends; nothing where nobody knows anything of such an id
   */
  mark(
    user: string,
    id: string,
    at_ms: number,
  ): Promise<{ recorded_ms: number; end: [slot: string, end: number] } | undefined>;
  /** By topic and partition, where the records of a stage end that may be the user's. */
  ends(user: string, stage: number): Promise<[slot: string, end: number][]>;
  /** Where the snapshots end that may have the user's state. */
  snapshotEnds(user: string): Promise<[slot: string, end: number][]>;
  /** Who has not read up to there, in words. @param only this job */
  behind(ends: readonly (readonly [slot: string, end: number])[], only?: string): Promise<string[]>;
  /** What there is of the user that the broker took until a moment. */
  scan(user: string, until_ms: number): Promise<Remain[]>;
  /** Deletes it with all that lies before it in its partition. @returns how many records of each went */
  cut(user: string, until_ms: number): Promise<[slot: string, records: number][]>;
}
