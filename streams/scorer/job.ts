import { setImmediate as others } from 'node:timers/promises';
import pLimit from 'p-limit';
import { keysIn } from '../../models/registry/keys.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { isAffordable } from '../../models/retrieval/vectors/near.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { readPolicies } from '../../schemas/policies/policies.ts';
import type { ListRecord, RankRequest } from '../../schemas/topics/ranking.ts';
import { Modality } from '../../schemas/topics/vectors.ts';
import { admit } from '../admit.ts';
import { keepTraffic } from '../ads/traffic.ts';
import { type Said, saidIn } from '../champions.ts';
import { deadLetterOf, sendDeadLetters } from '../dead-letters.ts';
import { offerSnapshots, USER_TOPICS } from '../features/restore.ts';
import { JOBS, type TopicName } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch, Sent, StreamRecord } from '../kafka/bus.ts';
import { QueryVectors } from '../surfaces/query-vectors.ts';
import { asksForSearch } from '../surfaces/surface.ts';
import type { Weights } from '../weights.ts';
import { answer } from './answer.ts';
import type { Served } from './champion/champion.ts';
import { APART, loadRanker } from './champion/load.ts';
import { Posts } from './champion/posts.ts';
import { Renewal } from './champion/renewal.ts';
import { InOrder } from './in-order.ts';
import { LateLists } from './late-records.ts';
import { Memory } from './memory/memory.ts';
import { sayable } from './memory/sayable.ts';
import { Shadows } from './trial/shadows.ts';

const SNAPSHOTS: readonly TopicName[] = ['features.user.snapshots', 'features.item.snapshots'];

/**
 * Requests of a partition that are parsed at once, and wait together for the vectors of their queries. A long backlog must
 * not look like a death, nor fill the memory with what is to be answered later.
 */
const TOGETHER = 50;
/**
 * Lists that are made at one time: while a model runs apart, the features of the next one are made. With more of them,
 * features leave the processor's cache before they are scored.
 */
const SIDE_BY_SIDE = APART ? 2 : 1;
/**
 * A list waits for those that follow it by so much of what its request has waited: for some lists' time at least, and
 * where requests pile up until many leave together.
 */
const HELD = { share: 1 / 100, least_ms: 5, most_ms: 50 };
/** Of a partition's requests at once: some tenths of a second's work. */
const FETCHED_BYTES = 512 * 1024;

/** What the answers of a batch are told to. */
interface Work {
  /** What is on its way. */
  send(sending: Promise<void>): void;
  /** A request has its answer, which is about to be sent. */
  answered(): void;
}

/**
 * `rank.requests` -> `rank.lists`, with features and models from compacted topics in memory.
 *
 * @param weights where the encoder of queries is; without, searches go by words alone
 */
export async function startScorer(context: JobContext, weights?: Weights): Promise<RunningJob> {
  const { config, bus, report, log } = context;
  const settings = { ...config, policies: readPolicies(config.policy) };
  const outbox = await bus.outbox({ allowed: JOBS.scorer.writes, linger_ms: 0 });
  const memory = new Memory(config.partitions, settings.policies.currencies);
  const models = modelsIn(config);
  const load = (served: Served) =>
    loadRanker(models, served, config, step =>
      log.debug({ code: 'MODEL_LOADING', model: served.model, detail: step }, 'a model is on its way to serving'),
    );
  const shadows = () =>
    new Shadows(shadow => outbox.publish('rank.shadows', { key: shadow.user, value: JSON.stringify(shadow) }), report);
  const posts = new Posts({ load, keys: keysIn(config), report, log, shadows });

  const lates = new LateLists(memory, settings);
  const traffic = keepTraffic(bus, memory.market, log);
  const queries = weights && new QueryVectors(context, weights);
  const renewal = new Renewal(bus, memory, log);
  for (const { topics, replicas } of memory.states.replicas) await offerSnapshots(bus, topics, replicas);
  await memory.states.restore(others);

  const reports = await bus.bounds('job.metrics'); // of before nobody wants to hear
  memory.market.billed_ms = Date.now();

  /** What is said of models until all is read: of many champions one is to be loaded. */
  const earlier: Said[] = [];
  let hear: (said: Said) => void = said => earlier.push(said);

  /** Freshness is measured on live traffic only: what is read while catching up is old by nature. */
  let live = false;
  const following = await bus.follow({
    topics: JOBS.scorer.follows.filter(topic => !SNAPSHOTS.includes(topic)),
    from: (topic, partition) =>
      topic === 'job.metrics' ? reports.get(partition)?.high : memory.states.start(topic, partition),
    maxWait_ms: 50,
    minBytes: 64 * 1024,
    apply: (topic, partition, record) => {
      if (topic === 'job.metrics') return memory.market.hear(record);
      if (topic === 'models') {
        const said = saidIn(record);
        if (said) hear(said);
        return;
      }
      const logged = memory.apply(topic, partition, record);
      if (logged) renewal.take(topic, partition, logged, record.value!);
      if (logged && logged.rebuilt === undefined && topic === USER_TOPICS.log && live) {
        report.time('click_to_feature', Date.now() - logged.since_ms);
      }
    },
  });

  posts.take(...earlier.splice(0));
  hear = said => posts.take(said);
  await memory.catchUp(() => others());
  renewal.begin();
  live = true;
  await posts.settled();

  /** Requests that are fetched and not answered, of all partitions: lists wait for theirs, and leave together. */
  let waiting = 0;
  const publishList = async (user: string, value: string, { timestamp_ms, traceparent }: StreamRecord) => {
    const waited_ms = Date.now() - timestamp_ms;
    const hold_ms = waiting > 0 ? Math.min(HELD.most_ms, Math.max(HELD.least_ms, HELD.share * waited_ms)) : 0;
    await outbox.publish('rank.lists', { key: user, value, traceparent, hold_ms });
    report.time('list', Date.now() - timestamp_ms);
  };

  const finish = (list: ListRecord, record: StreamRecord, { send, answered }: Work) => {
    answered();
    report.count(`lists.${list.arm}`);
    record.span?.note({
      'temper.list': list.id,
      'temper.arm': list.arm,
      'temper.model': list.model,
      ...spentBy(list),
    });
    const shown = memory.market.noteShown(list);
    // First: a list that is counted and not sent is better than one that is sent and not counted.
    if (shown) send(outbox.publish('ads.shown', { key: shown.user, value: JSON.stringify(shown) }));
    send(publishList(list.user, JSON.stringify(list), record));
  };

  const finishLate = (request: RankRequest, record: StreamRecord, { send, answered }: Work) => {
    answered();
    report.count('lists.late');
    report.count('lists.fallback');
    record.span?.note({ 'temper.list': request.id, 'temper.arm': 'fallback', 'temper.model': 'popularity' });
    send(publishList(request.user, lates.recordFor(request, Date.now() - record.timestamp_ms), record));
  };

  const inTurn = pLimit(SIDE_BY_SIDE);
  const answerAll = async ({ topic, partition, records }: Batch, work: Work) => {
    const { send, answered } = work;
    const verdicts = records.map(record => sayable(admit('rank.requests', record), memory));
    const isLate = ({ shown }: RankRequest, { timestamp_ms }: StreamRecord, now_ms = Date.now()) =>
      !shown && now_ms - timestamp_ms > LIMITS.request_patience_ms;
    const vectors = verdicts.map((verdict, n) =>
      verdict.ok && asksForSearch(verdict.value) && !isLate(verdict.value, records[n]!)
        ? queries?.ask(verdict.value.query)
        : undefined,
    );
    const lists = new InOrder(SIDE_BY_SIDE);
    for (const [index, record] of records.entries()) {
      const parsed = verdicts[index]!;
      if (!parsed.ok) {
        answered();
        report.count('dead_letters');
        record.span?.note({ 'temper.refused': parsed.refusal.reason });
        send(sendDeadLetters(outbox, [deadLetterOf(topic, partition, record, parsed.refusal)]));
        continue;
      }
      const request = parsed.value;
      const vector = vectors[index] && (await queries?.inTime(vectors[index]));
      report.count('lists');
      if (isLate(request, record)) {
        await lists.settled();
        finishLate(request, record, work);
        continue;
      }
      if (request.surface === 'ads') await lists.settled(); // what the user was shown before counts
      const make = async () => {
        const now_ms = Date.now();
        if (isLate(request, record, now_ms)) return undefined; // other partitions came before it
        const { champion, challenger } = posts.of(request);
        const queue_ms = now_ms - record.timestamp_ms;
        return answer(request, memory, champion, settings, queue_ms, vector, challenger);
      };
      await lists.begin(
        () => inTurn(make),
        list => (list ? finish(list, record, work) : finishLate(request, record, work)),
      );
    }
    await lists.settled();
  };

  const onBatch = async (batch: Batch): Promise<Sent> => {
    const { records } = batch;
    const sent: Promise<void>[] = [];
    const send = (sending: Promise<void>) => {
      sending.catch(() => {}); // the consumer hears of it, or has no interest once the partition is gone
      sent.push(sending);
    };
    let left = records.length;
    waiting += left;
    const answered = () => {
      if (left === 0) return; // of a batch that failed
      left--;
      waiting--;
    };
    try {
      for (let from = 0; from < records.length; from += TOGETHER) {
        if (from > 0) await others(); // late lists alone would not let go of the thread
        await batch.confirm();
        await answerAll({ ...batch, records: records.slice(from, from + TOGETHER) }, { send, answered });
      }
    } finally {
      waiting -= left;
      left = 0;
    }
    report.took(batch);
    report.gauge('users', memory.users.size);
    report.gauge('products', memory.products.size);
    report.gauge('products_unpriced', memory.unpriced);
    report.note('vectors', vectorsInUse(memory));
    return { next: records.at(-1)!.offset + 1, written: Promise.all(sent) };
  };

  const consuming = await bus.consume({
    group: 'temper.scorer',
    topics: JOBS.scorer.reads,
    maxWait_ms: 100, // a request comes at once: this is how often the broker is asked where there is none
    maxBytes: FETCHED_BYTES,
    concurrency: 8, // partitions are apart: none waits for another's lists
    onBatch,
  });
  const reporting = report.publishTo(outbox);
  return {
    failed: Promise.race([consuming.failed, following.failed]),
    async stop() {
      await consuming.stop();
      await following.stop();
      await posts.stop();
      await queries?.stop();
      traffic.stop();
      await reporting.stop();
      await outbox.stop();
    },
  };
}

/** What a list took, as a span says it. */
function spentBy({ spent_ms }: ListRecord): Record<string, number> {
  return Object.fromEntries(Object.entries(spent_ms).map(([part, ms]) => [`temper.${part}_ms`, ms]));
}

/** By what products are compared: without vectors, lists are made of ids, counts and words. */
function vectorsInUse({ vectors }: Memory): string {
  const inUse = Modality.options.flatMap(modality => {
    const encoder = vectors.encoders.of(modality);
    if (encoder === undefined) return [];
    return `${modality} by ${encoder}${isAffordable(vectors, modality) ? '' : ', too many to find items by'}`;
  });
  return inUse.length === 0 ? 'none yet: lists by ids and words alone' : inUse.join(', ');
}
