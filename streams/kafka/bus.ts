/**
 * This folder is the only one that knows kafkajs. What the rest of Temper needs of Kafka is the small interface below:
 * an outbox that batches and acknowledges, a consumer that opens partitions before it reads them,
 * and followers that read a compacted topic into memory.
 */

export interface StreamRecord {
  key: string | null;
  value: Buffer | null;
  offset: number;
  /** The broker's time of the record. */
  timestamp_ms: number;
  /** The context of its trace, if it has one: https://www.w3.org/TR/trace-context/, as a header of the record. */
  traceparent?: string | undefined;
  /** Of a record whose handling is traced: takes notes. They are of numbers and names, never of what the record says. */
  span?: RecordSpan;
}

export interface RecordSpan {
  note(attributes: Readonly<Record<string, string | number>>): void;
}

export interface Batch {
  topic: string;
  partition: number;
  records: StreamRecord[];
  /** Records in the log behind this batch. */
  lag: number;
  /** Throws once the partition may belong to somebody else: call it before every effect, and in long work. */
  confirm(): Promise<void>;
}

/** What a batch has sent: the next one need not wait until it is written. */
export interface Sent {
  /** The offset to commit then. */
  next: number;
  /** Where it rejects, the partition is read again from the last offset that was committed. */
  written: Promise<unknown>;
}

export interface Message {
  key: string;
  /** Absent: the partition of the key. */
  partition?: number;
  value: Buffer | string | null;
  timestamp_ms?: number;
  /** Of the record from which it is made. */
  traceparent?: string | undefined;
  /** Of other records that had to do with it. */
  causes?: readonly string[];
  /** Others follow, and it may wait for them for so long, since each request costs client and broker the same. */
  hold_ms?: number;
  /** Called with its offset, once it is in the log: of a message with a partition, where the broker says it. */
  logged?(offset: number): void;
}

export interface Outbox {
  /** Queued, sent with its neighbours, resolved when all in-sync replicas have it. Order per key is kept. */
  publish(topic: string, message: Message): Promise<void>;
  stop(): Promise<void>;
}

export interface ConsumeOptions {
  group: string;
  topics: readonly string[];
  /**
   * Called before the first batch of a partition that has come to this process: restores state.
   * May return the offset to start from; otherwise the group's committed offset counts.
   */
  open?(topic: string, partition: number, heartbeat: () => Promise<void>, log: OpenLog): Promise<number | undefined>;
  /** Called when a partition has gone to another process. */
  close?(topic: string, partition: number): void;
  /** Told when the group has given this process its partitions, and every now and then: which they are, and what is left of them. */
  stands?(lags: readonly PartitionLag[]): void;
  /** Does all effects of the batch, then returns the offset to commit, or nothing; or says when they will be done. */
  onBatch(batch: Batch): Promise<number | Sent | undefined>;
  /** Asked once a second of each open partition: an offset that may be committed by now, though no batch has come. */
  ripe?(topic: string, partition: number): number | undefined;
  /**
   * A fetch comes back with minBytes, or after maxWait_ms with what there is. With few bytes every record is a round
   * trip of its own, for broker and client: where some milliseconds do not matter, ask for more.
   */
  maxWait_ms?: number;
  minBytes?: number;
  maxBytes?: number;
  concurrency?: number;
  sessionTimeout_ms?: number;
}

/** How many records of a partition its reader has yet to handle. */
export interface PartitionLag {
  topic: string;
  partition: number;
  lag: number;
}

/**
 * A partition's log as its reader is told of it. Offsets go on where the topic was made anew and its loss was accepted:
 * they are Kafka's own, and a shift (topics/logs.ts).
 */
export interface OpenLog {
  low: number;
  high: number;
  /** Where the group stands, if it has committed anything. */
  committed: number | undefined;
}

export interface Subscription {
  stop(): Promise<void>;
  /** Resolves with the reason once the subscription can't go on. */
  failed: Promise<Error>;
}

export interface TopicSpec {
  topic: string;
  partitions: number;
  replication: number;
  config: Record<string, string>;
  /** Settings that hold also where somebody has set them otherwise: the shop's policy names them. */
  decided?: readonly string[];
}

export interface Bus {
  ensureTopics(specs: TopicSpec[]): Promise<string[]>;
  outbox(options?: { linger_ms?: number; allowed?: readonly string[] }): Promise<Outbox>;
  consume(options: ConsumeOptions): Promise<Subscription>;
  /** Reads topics from their start; resolves when everything that stood in them at the call has been applied; then follows. */
  follow(options: FollowOptions): Promise<Subscription>;
  /** First and next offset of each partition, Kafka's own. */
  bounds(topic: string): Promise<Map<number, { low: number; high: number }>>;
  /** Of each partition the offset of the first record that the broker took at a time or later, Kafka's own; the next one where there is none. */
  offsetsAt(topic: string, at_ms: number): Promise<Map<number, number>>;
  /** Deletes what lies below an offset and is older than that. */
  trim(topic: string, partition: number, before: { offset: number; at_ms: number }): Promise<void>;
  /** Deletes what lies below an offset, whoever may still want to read it. */
  cut(topic: string, partition: number, offset: number): Promise<void>;
  /** What a group has committed, by partition, in Kafka's own offsets. */
  committed(group: string, topic: string): Promise<Map<number, number>>;
  /** Whether a process of a group runs. */
  isAtWork(group: string): Promise<boolean>;
  stop(): Promise<void>;
}

export interface FollowOptions {
  topics: readonly string[];
  /** Only these partitions; absent: all. */
  partitions?: readonly number[];
  apply(topic: string, partition: number, record: StreamRecord): void;
  heartbeat?: (() => Promise<void>) | undefined;
  /** Stop as soon as the end is reached. */
  once?: boolean;
  /** Only records from here on: for readers of answers. */
  fromEnd?: boolean;
  /** The offset to begin at; undefined, or absent: the first. */
  from?(topic: string, partition: number): number | undefined;
  maxWait_ms?: number;
  minBytes?: number;
  /** Called behind every few milliseconds of work, and behind each batch: where others are to come first for longer than a turn of the loop. */
  rest?(worked_ms: number): Promise<unknown>;
}
