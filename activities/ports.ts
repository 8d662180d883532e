import type { BackfillComparison, BackfillPart, Position } from '../schemas/backfills.ts';
import type { RowStore } from '../schemas/clickhouse.ts';
import type { Config } from '../schemas/config.ts';
import type { Log } from '../schemas/log.ts';
import type { Promotion } from '../schemas/models.ts';
import type { Surface } from '../schemas/ranking.ts';
import type { Trial } from '../schemas/trials.ts';

/** What activities reach the world through; whoever starts the worker fills it. */
export interface Ports {
  config: Config;
  store: RowStore;
  champions: Champions;
  backfills: Backfills;
  log: Log;
}

/** The topic `models`: who is champion of a surface, and who is on trial there. */
export interface Champions {
  of(surface: Surface): Promise<Promotion | undefined>;
  promote(promotion: Promotion): Promise<void>;
  trialOn(surface: Surface): Promise<Trial | undefined>;
  setTrial(trial: Trial): Promise<void>;
  endTrial(surface: Surface): Promise<void>;
}

/** The topics of features' states: rebuilding them from the archive. Each step may be done again at any time. */
export interface Backfills {
  /** By source partition the offset behind all events that there are. */
  begin(): Promise<[source: number, next: number][]>;
  position(least: readonly (readonly [source: number, next: number])[]): Promise<Position>;
  rebuild(
    part: BackfillPart,
    pulse: (done: { entity: string; partition: number; offset: number }) => void,
  ): Promise<void>;
  /** @param features that are to differ */
  compare(part: BackfillPart, features: ReadonlySet<string>): Promise<BackfillComparison>;
  /** @returns how many buckets were not there */
  publish(part: BackfillPart): Promise<number>;
  /** Removes a run's files. */
  clear(run: string): Promise<void>;
}
