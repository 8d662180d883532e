import type { ConsumerRunConfig, EachBatchPayload, Kafka } from 'kafkajs';
import { TemperError } from '../../../schemas/errors.ts';
import type { Log } from '../../../schemas/log.ts';
import type { Bus, ConsumeOptions, Sent, Subscription } from '../bus.ts';
import { recordsOf } from '../records.ts';
import { Sending } from '../sending/sending.ts';
import { type KnownLogs, noteOf, sameLogs, shiftOf } from '../topics/logs.ts';
import { missingTopics, offsetLost } from '../topics/missing.ts';
import { WAIT } from '../wire/silence.ts';
import type { TopicIds } from '../wire/topic-ids.ts';
import { coPartitioned } from './assigner.ts';
import { Commits } from './commits.ts';
import { Handover } from './handover.ts';
import { Lags } from './lags.ts';
import { runConsumer } from './run-consumer.ts';
import { deferred, slotOf, splitSlot } from './slots.ts';

const COMMIT_MS = 1_000;
/** A topic that is made anew, and grows beyond where its reader stands, looks as if nothing had happened. */
const WATCH_MS = 10_000;
/** Kafka forgets in a week what a group says of topics that it does not read. */
const NOTE_MS = { again: 3_600_000, failed: 30_000 };
const BEAT_MS = 1_000;
const PAUSE_MS = 1_000;
/** For how long one batch may keep its partition. */
const BATCH_MS = 5 * 60_000;
/** kafkajs commits this ("the earliest") in place of an offset that it found outside of the log. */
const RESET = -2;

/** The consumer stops or was moved while a batch was in work: what the batch did not write yet stays undone. */
class PartitionGone extends Error {}

/** A partition that is read. */
interface Opened {
  /** The next offset to handle. */
  next: number;
  sending: Sending;
}

/** What a consumer asks of Kafka beside records. */
interface Asked {
  bounds: Bus['bounds'];
  /** With kafkajs's own marks, which are below 0. */
  committed: Bus['committed'];
  logsOf(group: string): Promise<KnownLogs>;
  topicIds(topics: readonly string[]): Promise<TopicIds | undefined>;
  log: Log;
}

export async function startConsumer(
  kafka: Kafka,
  options: ConsumeOptions,
  { bounds, committed, logsOf, topicIds, log }: Asked,
): Promise<Subscription> {
  const consumer = kafka.consumer({
    groupId: options.group,
    partitionAssigners: [coPartitioned],
    maxWaitTimeInMs: options.maxWait_ms ?? 100,
    minBytes: options.minBytes ?? 1,
    maxBytesPerPartition: options.maxBytes ?? 4 * 1024 * 1024,
    sessionTimeout: options.sessionTimeout_ms ?? 10_000,
    rebalanceTimeout: WAIT.rebalance_ms,
    heartbeatInterval: 1_000,
    allowAutoTopicCreation: false,
    retry: { initialRetryTime: 100, retries: 12, maxRetryTime: 5_000, restartOnFailure: async () => true },
  });
  const { promise: failed, resolve: fail } = deferred<Error>();
  let logs: KnownLogs;
  try {
    logs = sameLogs(await logsOf(options.group), await topicIds(options.topics), options.group);
  } catch (error) {
    if (!(error instanceof TemperError)) throw error;
    return { failed: Promise.resolve(error), stop: async () => {} };
  }
  /** Opened partitions, with the next offset to handle: after a rebalance kafkajs starts anew from the committed one. */
  const opened = new Map<string, Opened>();
  /** Those that are being restored. */
  const opening = new Set<string>();
  let member = '';

  const handover = new Handover();
  const busy = new Set<Promise<void>>();
  let stopping = false;
  const send = (offsets: [slot: string, offset: number][]) =>
    consumer.commitOffsets(offsets.map(([slot, offset]) => toCommit(slot, offset)));
  const commits = new Commits(send, slot => opened.has(slot));
  let note_due_ms = 0;
  /** Commits wait for their neighbours: one request a second, not one for each batch. A crash repeats at most that second. */
  const flushCommits = async () => {
    if (Date.now() >= note_due_ms && member !== '') {
      note_due_ms = Date.now() + NOTE_MS.again;
      await consumer.commitOffsets([noteOf(logs)]).catch(error => {
        note_due_ms = Date.now() + NOTE_MS.failed;
        log.debug({ code: 'LOG_NOTE_LATER', err: error }, 'the note of the logs that are read is left to a later time');
      });
    }
    for (const slot of options.ripe ? opened.keys() : []) {
      const [topic, partition] = splitSlot(slot);
      const offset = options.ripe!(topic, partition);
      if (offset !== undefined) commits.set(slot, offset - shiftOf(logs, topic));
    }
    await commits.flush();
  };

  /** What a partition had in memory may be ahead of what was written: it is dropped, and restored before the next batch. */
  const forget = (slot: string) => {
    commits.delete(slot);
    opening.delete(slot);
    if (opened.delete(slot)) options.close?.(...splitSlot(slot));
  };

  const lags = new Lags(options, opened, { bounds, committed });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    lags.joined(payload.memberAssignment);
    // The same member id means that the broker never gave our partitions to others in between; a new one, that it may have.
    const mine = new Set(Object.entries(payload.memberAssignment).flatMap(([t, ps]) => ps.map(p => `${t}/${p}`)));
    for (const slot of [...opened.keys(), ...opening]) {
      if (payload.memberId !== member || !mine.has(slot)) forget(slot);
    }
    member = payload.memberId;
    handover.joined();
  });
  consumer.on(consumer.events.REBALANCING, () => void flushCommits().catch(() => {}));
  /** Effects that batches leave behind are among what is busy once they have ended. */
  const idle = async () => {
    while (busy.size > 0) await Promise.all(busy);
  };
  const handOver = () => handover.join(idle, () => flushCommits().catch(() => {}));

  /** Where to begin: where the job says, else where the group stands. */
  const open = async (topic: string, partition: number, heartbeat: () => Promise<void>): Promise<number> => {
    const shift = shiftOf(logs, topic);
    const stands = (await committed(options.group, topic)).get(partition);
    const { low, high } = (await bounds(topic)).get(partition) ?? { low: 0, high: 0 };
    const log = { low: low + shift, high: high + shift, committed: stands === undefined ? stands : stands + shift };
    const wanted = await options.open?.(topic, partition, heartbeat, log);
    return requireInLog(topic, partition, wanted === undefined ? stands : wanted - shift);
  };

  /** The loud stop where the log no longer has the next offset: kafkajs alone would skip the gap in silence. */
  const requireInLog = async (topic: string, partition: number, wanted: number | undefined): Promise<number> => {
    const log = (await bounds(topic)).get(partition);
    if (wanted === undefined || !log) return wanted ?? log?.low ?? 0;
    if (wanted >= log.low && wanted <= log.high) return wanted;
    throw offsetLost(`${topic}/${partition}`, options.group, {
      expected: `an offset from ${log.low} to ${log.high}`,
      got: wanted === RESET ? 'one outside of them' : `${wanted}`,
    });
  };

  const handle = async (payload: EachBatchPayload) => {
    const { batch, resolveOffset, heartbeat, isRunning, isStale } = payload;
    const { topic, partition } = batch;
    const slot = slotOf(topic, partition);
    const known = opened.get(slot);
    if (!known) opening.add(slot);
    const mine = known ?? openedAt(await open(topic, partition, heartbeat));
    opened.set(slot, mine);
    if (!known && !opening.delete(slot)) throw new PartitionGone(); // others may have written what was not restored
    const { next } = mine;
    const shift = shiftOf(logs, topic);
    const first = Number(batch.messages[0]?.offset);
    if (first !== next) await requireInLog(topic, partition, next); // a gap may be compaction's, or a loss
    // A job's own place may be behind the group's too: where a store was restored, or is new.
    if (first < next || (known === undefined && first > next)) {
      if (known === undefined && first < next) commits.set(slot, next); // where nothing follows, the group would seem to lag
      return consumer.seek({ topic, partition, offset: String(next) });
    }
    await mine.sending.room();
    const records = recordsOf(batch.messages, shift);
    const last = records.at(-1);
    if (!last) return;
    const confirm = async () => {
      // Batches run side by side: one of another partition may have made kafkajs join anew while this one waited.
      if (!isRunning() || isStale() || opened.get(slot) !== mine) throw new PartitionGone();
      await handover.beat(heartbeat);
    };
    const end = last.offset - shift + 1;
    const lag = Number(batch.highWatermark) - end;
    const done = await options.onBatch({ topic, partition, records, lag, confirm }).catch(error => {
      throw opened.get(slot) === mine ? error : new PartitionGone(); // its memory went away under it
    });
    if (typeof done === 'object') done.written.catch(() => {}); // of no interest where the partition is gone by now
    await confirm();
    resolveOffset(String(end - 1));
    mine.next = end;
    if (typeof done === 'number') commits.set(slot, done - shift);
    else if (done) awaitWritten(payload, mine, records.length, done);
  };

  /** What a batch has sent is committed once it is written. */
  const awaitWritten = ({ batch, pause }: EachBatchPayload, mine: Opened, records: number, { next, written }: Sent) => {
    const { topic, partition } = batch;
    const slot = slotOf(topic, partition);
    const end = next - shiftOf(logs, topic);
    const done = mine.sending
      .add({ records, written, end })
      .then(
        () => void (opened.get(slot) === mine && commits.set(slot, end)),
        error => {
          if (opened.get(slot) !== mine) return;
          forget(slot);
          if (!(error instanceof PartitionGone)) {
            if (!mayPass(error)) return fail(error);
            log.warn(
              { code: 'PARTITION_PAUSED', topic, partition, err: error },
              'the partition pauses, then tries again',
            );
            setTimeout(pause(), PAUSE_MS);
          }
          goBack(topic, partition, mine.sending.written);
        },
      )
      .catch(fail);
    busy.add(done);
    void done.then(() => busy.delete(done));
  };

  /** Whoever is between two runs can't go anywhere: kafkajs joins anew by then, and begins at what is committed. */
  const goBack = (topic: string, partition: number, next: number) => {
    try {
      consumer.seek({ topic, partition, offset: String(next) });
    } catch (error) {
      if (!mayPass(error)) throw error;
    }
  };

  await consumer.connect();
  await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
  const config: ConsumerRunConfig = {
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: options.concurrency ?? 1,
    eachBatch: async payload => {
      if (stopping) return;
      await handOver();
      const work = handle(payload);
      const done = work.catch(() => {});
      busy.add(done);
      const alive = beat(payload.heartbeat);
      try {
        await work;
      } catch (error) {
        const { topic, partition } = payload.batch;
        forget(slotOf(topic, partition));
        if (error instanceof PartitionGone) return;
        if (isRebalance(error)) throw error;
        if (mayPass(error)) {
          log.warn(
            { code: 'PARTITION_PAUSED', topic, partition, err: error },
            'the partition pauses, then tries again',
          );
          const resume = payload.pause();
          setTimeout(resume, PAUSE_MS);
          return;
        }
        fail(error instanceof Error ? error : new Error(String(error)));
        payload.pause();
      } finally {
        alive.stop();
        busy.delete(done);
      }
      await handover.beat(payload.heartbeat); // else kafkajs asks, and joins while others are in work
      await handOver();
    },
  };
  const running = await runConsumer(consumer, config, options.topics, fail);
  const committing = setInterval(() => {
    flushCommits().catch(error => log.debug({ code: 'COMMIT_LATER', err: error }, 'a commit is left to the next')); // records say what they contain
  }, COMMIT_MS);
  let gone = new Set<string>();
  const watch = async (): Promise<void> => {
    const ids = await topicIds(options.topics);
    logs = sameLogs(logs, ids, options.group);
    const missing = options.topics.filter(topic => logs[topic] && ids?.get(topic) === null);
    const still = missing.filter(topic => gone.has(topic)); // a broker may be late once
    if (still.length > 0) throw missingTopics(still);
    gone = new Set(missing);
  };
  lags.tellRegularly();
  const watching = setInterval(() => void watch().catch(fail), WATCH_MS);
  return {
    failed,
    async stop() {
      clearInterval(committing);
      clearInterval(watching);
      lags.stop();
      stopping = true;
      running.stop();
      await idle();
      await flushCommits().catch(error =>
        log.warn({ code: 'COMMIT_LOST', err: error }, 'the last commit failed: its records will be read again'),
      );
      await consumer.disconnect();
    },
  };
}

function openedAt(next: number): Opened {
  return { next, sending: new Sending(next) };
}

function toCommit(slot: string, offset: number) {
  const [topic, partition] = splitSlot(slot);
  return { topic, partition, offset: String(offset) };
}

/**
 * Tells the group that this process is alive while a batch waits for Kafka or for a store. Otherwise whatever takes
 * longer than the session loses its partitions, begins anew, and takes as long again. What hangs for good is not covered.
 */
function beat(heartbeat: () => Promise<void>): { stop(): void } {
  const until_ms = Date.now() + BATCH_MS;
  const beating = setInterval(() => {
    if (Date.now() > until_ms) clearInterval(beating);
    else heartbeat().catch(() => {}); // the batch asks again before its next effect, and hears why
  }, BEAT_MS);
  return { stop: () => clearInterval(beating) };
}

/** A broker or a store that does not answer may come back; a bug does not go away. */
function mayPass(error: unknown): boolean {
  if (error instanceof TemperError) return error.retryable;
  return error instanceof Error && error.name.startsWith('KafkaJS');
}

function isRebalance(error: unknown): boolean {
  const type = (error as { type?: string }).type ?? '';
  return ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'NOT_COORDINATOR_FOR_GROUP'].includes(
    type,
  );
}
