import path from 'node:path';
import { EXTRACTIVE } from '../../models/support/answer/extract.ts';
import { PassageIndex } from '../../models/support/answer/find.ts';
import type { Generator } from '../../models/support/answer/generator.ts';
import { openByVector, readByVector } from '../../models/support/intent/by-vector.ts';
import { openIntents, readIntents } from '../../models/support/intent/classifier.ts';
import { readDocuments } from '../../models/support/passages/documents.ts';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { INTENTS } from '../../schemas/topics/support.ts';
import { admit } from '../admit.ts';
import { JOBS } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import type { Batch, Bus } from '../kafka/bus.ts';
import { QueryVectors } from '../surfaces/query-vectors.ts';
import type { Weights } from '../weights.ts';
import { Catalogue } from './catalogue.ts';
import { Conversations } from './conversations.ts';
import { answerQuestion, type Desk } from './desk.ts';
import { LocalGenerator } from './local.ts';
import { Meaning } from './meaning.ts';
import { Orders } from './orders.ts';
import { Ranking } from './ranking.ts';
import { remoteGenerator } from './remote.ts';
import { openSpeaker } from './speaker.ts';

/**
 * `shop.events` -> `support.answers`: questions, answered from the shop's texts, its catalogue and the orders of who asks.
 * A partition's answers are read back when it is opened: what was answered is not answered again.
 *
 * @param weights where the encoder of queries is; without, passages are found by words
 */
export async function startSupport(context: JobContext, weights?: Weights): Promise<RunningJob> {
  const { config, bus, store, report, log } = context;
  const documents = await readDocuments(requirePolicies(config));
  const learned = path.join(config.dataDir, ...INTENTS);
  const intents = await readIntents(learned);
  const byVector = await readByVector(learned);
  const intentsByVector = byVector && (await openByVector(byVector, config));
  const opened = intents && (await openIntents(intents, config));
  report.note('intents', intents ? `${intents.names.length}` : 'none: `temper intents train` makes them');

  const outbox = await bus.outbox({ allowed: JOBS.support.writes, linger_ms: 0 });
  const catalogue = new Catalogue();
  const following = await bus.follow({
    topics: ['shop.catalogue'],
    maxWait_ms: 250,
    minBytes: 64 * 1024,
    apply: (_topic, _partition, record) => catalogue.apply(record),
  });
  const ranking = await Ranking.open(bus, outbox);
  const vectors = weights && new QueryVectors(context, weights);
  const orders = new Orders(store);
  const generator = generatorOf(context, weights);
  const desk: Desk = {
    policies: new PassageIndex(documents),
    meaning: vectors && new Meaning(vectors, documents),
    ...{ catalogue, orders, ranking, intents: opened, intentsByVector, generator, report, log },
  };
  const conversations = new Map<number, Conversations>();

  const onBatch = async (batch: Batch): Promise<number> => {
    const said = conversations.get(batch.partition)!;
    for (const record of batch.records) {
      if (!record.value || !TYPES.some(type => record.value!.includes(type))) continue;
      const event = admit('shop.events', record);
      if (!event.ok) continue; // the sink writes the dead letter
      orders.note(event.value, Date.now());
      if (event.value.type === 'feedback') {
        report.count('ratings');
        report.count('ratings.sum', event.value.value);
      }
      if (event.value.type !== 'question' || said.has(event.value.id)) continue;
      const { user, session } = event.value;
      const question = event.value;
      await batch.confirm();
      const before = said.before(user, session, record.timestamp_ms);
      const answer = await answerQuestion(question, before, desk);
      await batch.confirm();
      const { traceparent } = record;
      await outbox.publish('support.answers', { key: user, value: JSON.stringify(answer), traceparent });
      said.take(answer);
      report.count(`answers.${answer.outcome}`);
      report.count('dropped', answer.dropped);
      report.time('answer', Date.now() - record.timestamp_ms);
    }
    report.took(batch);
    report.gauge('passages', documents.length);
    report.gauge('products', catalogue.size);
    return batch.records.at(-1)!.offset + 1;
  };

  const consuming = await bus.consume({
    group: 'temper.support',
    topics: JOBS.support.reads,
    maxWait_ms: 50,
    concurrency: 4,
    onBatch,
    async open(_topic, partition, heartbeat) {
      conversations.set(partition, await saidIn(bus, partition, heartbeat));
      return undefined;
    },
    close: (_topic, partition) => void conversations.delete(partition),
  });
  const reporting = report.publishTo(outbox);
  return {
    failed: Promise.race([consuming.failed, following.failed, ranking.failed]),
    async stop() {
      await consuming.stop();
      await following.stop();
      await ranking.stop();
      await vectors?.stop();
      await opened?.release();
      await intentsByVector?.release();
      await generator.stop?.();
      await reporting.stop();
      await outbox.stop();
    },
  };
}

/** The name of the weights of the language model that runs here. */
const LOCAL = 'smollm2-135m-instruct';
/** Of all events, those that have none of these words are passed over unread. */
const TYPES = ['"question"', '"purchase"', '"return"', '"feedback"'].map(type => Buffer.from(type));

function requirePolicies({ policies }: Config): string {
  if (policies !== undefined) return policies;
  throw new TemperError('CONFIG_INVALID', {
    where: 'TEMPER_POLICIES',
    expected: 'a directory of Markdown files from which questions are answered',
    got: 'nothing',
  });
}

function generatorOf({ config, report, log }: JobContext, weights: Weights | undefined): Generator {
  const { generator, generatorModel, generatorKey } = config;
  if (generator === LOCAL && weights) {
    return new LocalGenerator(LOCAL, signal => openSpeaker(LOCAL, config, weights, signal), { report, log });
  }
  const found =
    generator === 'extractive' || generator === LOCAL
      ? EXTRACTIVE
      : remoteGenerator({ url: generator, model: generatorModel, key: generatorKey });
  report.note('generator', found.name);
  return found;
}

/** The newest answers of a partition. */
async function saidIn(bus: Bus, partition: number, heartbeat: () => Promise<void>): Promise<Conversations> {
  const conversations = new Conversations();
  const bounds = (await bus.bounds('support.answers')).get(partition);
  await bus.follow({
    topics: ['support.answers'],
    partitions: [partition],
    once: true,
    heartbeat,
    from: () => bounds && Math.max(bounds.low, bounds.high - LIMITS.answers_remembered),
    apply: (_topic, _partition, record) => {
      const answer = admit('support.answers', record);
      if (answer.ok) conversations.take(answer.value);
    },
  });
  return conversations;
}
