import { type KnownLogs, shiftOf } from '../kafka/topics/logs.ts';

/** How a reader stands to its log. */
export type State =
  | 'reads'
  | 'has not begun'
  /** What it would read next was deleted. */
  | 'expired'
  /** The topic is another one under its name; or its log ends before the reader, and nobody tells whether it is the same. */
  | 'made anew'
  /** The same log ends before it: the broker has lost the last records. */
  | 'cut off';

export interface Place {
  state: State;
  /** Kafka's offset of what it reads next, where it is known. In a log that is gone, where it is `made anew`. */
  at: number | undefined;
}

export interface Seen {
  /** What the group noted of its topics, and the topic's id as it is now; undefined: the broker does not tell. */
  known: KnownLogs;
  id: string | undefined;
  low: number;
  high: number;
  /** What the group has committed; below 0, the client's mark for an offset outside of the log. */
  committed: number | undefined;
  /** Where the job says that it stands, in offsets as a job hears them. */
  own: number | undefined;
}

/** A reader's place in a partition, by what is told of both. The job's own word counts before its group's. */
export function placeOf(topic: string, { known, id, low, high, committed, own }: Seen): Place {
  const next = own === undefined ? committed : own - shiftOf(known, topic);
  const at = next !== undefined && next >= 0 ? next : undefined;
  const noted = known[topic]?.id;
  if (id !== undefined && noted && noted !== id) return { state: 'made anew', at };
  if (next === undefined) return { state: 'has not begun', at };
  if (next < low) return { state: 'expired', at };
  if (next > high) return { state: noted && noted === id ? 'cut off' : 'made anew', at };
  return { state: 'reads', at };
}

/** Whether the reader stops there with OFFSET_LOST. */
export function isLost({ state }: Place): boolean {
  return state !== 'reads' && state !== 'has not begun';
}
