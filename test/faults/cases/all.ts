import type { Fault } from '../suite.ts';
import { BROKER_CRASH, SLOW_BROKER } from './broker.ts';
import { DISK_FULL, STORE_CRASH, STORE_FROZEN } from './clickhouse.ts';
import { CLICK_FLOOD } from './flood.ts';
import { NETWORK } from './network.ts';
import { CRASH, SLOW_HANDLER, STORMS, ZOMBIE } from './processes.ts';
import { CLOCK_SKEW, DUPLICATES, POISONED } from './records.ts';
import { BAD_MODEL } from './serving/bad-model.ts';
import { OVERLOAD } from './serving/overload.ts';
import { SCORER_CRASH } from './serving/scorer-crash.ts';
import { SWAPS_UNDER_LOAD } from './serving/swaps.ts';
import { SOAK } from './soak.ts';
import { DEAD_LETTERS_GONE, OFFSET_LOST } from './topics.ts';
import { CHANGED_CODE } from './workflows/changed-code.ts';
import { WORKER_CRASH } from './workflows/crashes/worker-crash.ts';
import { ERASURE } from './workflows/erasure/erasure.ts';
import { HUNG_ACTIVITY } from './workflows/hung-activity.ts';
import { PROMOTIONS_RACE } from './workflows/race.ts';
import { TEMPORAL_DOWN } from './workflows/temporal-down.ts';

/** The faults, by their numbers. To add one, describe it as a `Fault` beside its kind, and name it here. */
export const FAULTS: readonly Fault[] = [
  ...[CRASH, ZOMBIE, STORMS, SLOW_HANDLER, BROKER_CRASH, SLOW_BROKER, NETWORK, STORE_CRASH, STORE_FROZEN, DISK_FULL],
  ...[DUPLICATES, POISONED, DEAD_LETTERS_GONE, OFFSET_LOST, CLOCK_SKEW],
  ...[WORKER_CRASH, HUNG_ACTIVITY, TEMPORAL_DOWN, CHANGED_CODE, PROMOTIONS_RACE],
  ...[BAD_MODEL, SWAPS_UNDER_LOAD, SCORER_CRASH, OVERLOAD],
  ...[CLICK_FLOOD, ERASURE, SOAK],
];
