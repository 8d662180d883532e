/** Runs behind all other tests with services, as test/services.order.ts says: what these have left in Kafka is held to docs/asyncapi.json. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { asyncapi } from '../../../cli/reference/asyncapi.ts';
import { VERSION } from '../../../cli/version.ts';
import { createLog } from '../../../schemas/log.ts';
import { admit } from '../../../streams/admit.ts';
import { DeltaReader } from '../../../streams/features/log/delta.ts';
import { TOPICS, type Topic, type TopicName, topicSpecs } from '../../../streams/graph.ts';
import type { StreamRecord } from '../../../streams/kafka/bus.ts';
import { connect } from '../../../streams/kafka/connect.ts';
import { testConfig } from '../../job-process.ts';
import { validatorsOf } from './validators.ts';

const PSEUDONYMS = 'test/streams/pseudonyms/pseudonyms.services.test.ts';
const SHOP = 'test/activities/features/consistency.services.test.ts';
const SCORER = 'test/streams/scorer/scorer.services.test.ts';
const ADS = 'test/streams/ads/scorer.services.test.ts';
const POISON = 'test/streams/poison/poison.services.test.ts';
const ENRICH = 'test/streams/enrich/enrich.services.test.ts';
/** For each topic a test in which jobs, or a shop, write to it: there is none of which no message is held to the document. */
const FILLED_BY: Record<TopicName, string> = {
  ...{ 'raw.events': PSEUDONYMS, 'raw.requests': PSEUDONYMS, 'raw.lists': PSEUDONYMS },
  ...{ 'shop.events': SHOP, 'shop.catalogue': SHOP, 'rank.requests': SHOP, 'rank.lists': SHOP, 'job.metrics': SHOP },
  ...{ 'features.user.log': SHOP, 'features.item.log': SHOP },
  ...{ 'features.user.snapshots': SHOP, 'features.item.snapshots': SHOP, 'search.learned': SHOP },
  ...{ models: SCORER, 'rank.shadows': SCORER },
  ...{
    'shop.campaigns': ADS,
    'ads.shown': ADS,
    'ads.claims': ADS,
    'ads.charges': ADS,
    'ads.ledger': ADS,
    'ads.learned': ADS,
  },
  ...{ 'rank.examples': POISON, 'dead.letters': POISON },
  'support.answers': 'test/streams/support/support.services.test.ts',
  ...{ 'item.vectors': ENRICH, 'vector.progress': ENRICH },
};

const validators = validatorsOf(asyncapi(VERSION));
const config = testConfig(inject('endpoints'), 'unused');
const bus = connect({ brokers: config.kafka!, name: 'reference', log: createLog('test', 'silent') });
beforeAll(() => bus.ensureTopics(topicSpecs(config)));
afterAll(() => bus.stop());

/** What is wrong with a record's value, by the document, or with its packing. */
function wrongInside(topic: TopicName, value: Buffer, said: unknown): string[] {
  const check = validators.get(topic);
  if (check) return check(JSON.parse(value.toString('utf8')));
  if (said instanceof DeltaReader) while (said.next());
  return [];
}

/** What a record's key has to be by its value, where the document says more than that there is one. */
function keyOf(topic: TopicName, said: Record<string, unknown>): unknown {
  const { key }: Topic = TOPICS[topic];
  if (key === 'surface' || key === 'part') return undefined;
  return said[key === 'position' ? 'id' : key];
}

function wrongWith(topic: TopicName, { key, value }: StreamRecord, said: object): string[] {
  const wanted = keyOf(topic, said as Record<string, unknown>);
  const isKeyed = key && (wanted === undefined || key === String(wanted));
  return [...wrongInside(topic, value!, said), ...(isKeyed ? [] : [`the key is ${key}`])];
}

describe('the records of', () => {
  it.each(Object.keys(TOPICS) as TopicName[])('%s are what docs/asyncapi.json says', async topic => {
    let taken = 0;
    const wrong: string[] = [];
    const apply = (_topic: string, _partition: number, record: StreamRecord) => {
      const said = admit(topic, record);
      if (!said.ok) return; // tombstones, and what tests of refusals write
      taken++;
      const errors = wrongWith(topic, record, said.value as object);
      if (errors.length > 0) wrong.push(`${errors.join('; ')}: ${record.value!.toString('utf8').slice(0, 500)}`);
    };
    await (await bus.follow({ topics: [topic], once: true, apply })).stop();
    expect(wrong.slice(0, 5)).toEqual([]);
    if (inject('ranBefore').includes(FILLED_BY[topic])) expect(taken).toBeGreaterThan(0);
  });
});
