/** What docs/tutorial.md says, as somebody does it, against services that are all behind TLS and users. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { asyncapi } from '../../cli/reference/asyncapi.ts';
import { type Stack, startStack } from '../../cli/stack/embedded.ts';
import { VERSION } from '../../cli/version.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { TOPICS } from '../../streams/graph.ts';
import { type Certificates, makeCertificates } from '../services/secure/certificates.ts';
import { type Gateway, grpcGateway, tlsGateway } from '../services/secure/gateways.ts';
import { type SecureKafka, startSecureKafka, USER } from '../services/secure/secure-kafka.ts';
import { validatorsOf } from './reference/validators.ts';

const root = path.resolve(import.meta.dirname, '../..');
const API_KEY = 'a key that opens Temporal';
const directory = mkdtempSync(path.join(os.tmpdir(), 'temper-newcomer-'));
const undo: (() => Promise<void> | void)[] = [() => rmSync(directory, { recursive: true, force: true })];
let certificates: Certificates;
let kafka: SecureKafka;
let stack: Stack;
let password: string;

beforeAll(async () => {
  certificates = await makeCertificates();
  undo.push(() => certificates.remove());
  kafka = await startSecureKafka(certificates);
  undo.push(() => kafka.stop());
  const clickhouse = new URL(inject('endpoints').clickhouse);
  password = clickhouse.password;
  const wall = { identity: certificates.server };
  const store: Gateway = await tlsGateway(wall, clickhouse.host);
  undo.push(() => store.stop());
  const temporal: Gateway = await grpcGateway(
    { ...wall, clients: certificates.ca, apiKey: API_KEY },
    inject('endpoints').temporal,
  );
  undo.push(() => temporal.stop());
  const secret = path.join(directory, 'kafka-password');
  writeFileSync(secret, `${USER.password}\n`, { mode: 0o600 });
  const config = readConfig(
    {
      ...{ TEMPER_LABEL_WINDOW_MS: '1000', TEMPER_EXPLORATION: '0', TEMPER_CONTROL: '0' },
      ...{ TEMPER_TEXT_ENCODER: 'none', TEMPER_IMAGE_ENCODER: 'none' },
    },
    {
      TEMPER_DATA: path.join(directory, 'data'),
      TEMPER_KAFKA: kafka.sasl,
      TEMPER_KAFKA_TLS_CA: certificates.ca,
      TEMPER_KAFKA_SASL: 'scram-sha-512',
      TEMPER_KAFKA_USER: USER.username,
      TEMPER_KAFKA_PASSWORD_FILE: secret,
      TEMPER_CLICKHOUSE: `https://${store.address}`,
      TEMPER_CLICKHOUSE_DATABASE: `temper_newcomer_${process.pid}`,
      TEMPER_CLICKHOUSE_TLS_CA: certificates.ca,
      TEMPER_CLICKHOUSE_USER: clickhouse.username,
      TEMPER_CLICKHOUSE_PASSWORD: password,
      TEMPER_TEMPORAL: temporal.address,
      TEMPER_TEMPORAL_TLS_CA: certificates.ca,
      TEMPER_TEMPORAL_TLS_CERT: certificates.client.cert,
      TEMPER_TEMPORAL_TLS_KEY: certificates.client.key,
      TEMPER_TEMPORAL_API_KEY: API_KEY,
      TEMPER_CONSOLE: 'none',
    },
  );
  stack = await startStack(config, line => console.error(line), new AbortController().signal);
  undo.push(() => stack.stop());
});
afterAll(async () => {
  for (const step of undo.reverse()) await step();
});

/** The first block of the page that begins so. */
function block(page: string, beginning: string): string {
  const text = readFileSync(path.join(root, page), 'utf8');
  const found = [...text.matchAll(/```js\n([\s\S]*?)```/g)]
    .map(match => match[1]!)
    .find(code => code.startsWith(beginning));
  return found ?? expect.fail(`${page} has no block that begins with ${beginning}`);
}

it('the producer and the consumer of the README get a list, through jobs behind TLS', async () => {
  const script = (name: string) => {
    // Below the checkout, where kafkajs is found.
    const file = path.join(root, `node_modules/.cache/newcomer-${process.pid}-${name}`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, block('README.md', `// ${name}`));
    undo.push(() => rmSync(file, { force: true }));
    return [file, kafka.plain];
  };
  const consumer = execa(process.execPath, script('consumer.mjs'), {
    env: { KAFKAJS_NO_PARTITIONER_WARNING: '1' },
    reject: false,
  });
  undo.push(() => void consumer.kill('SIGKILL'));
  const said: string[] = [];
  consumer.stdout.on('data', text => said.push(String(text)));
  const produced = await execa(process.execPath, script('producer.mjs'), { reject: false });
  expect(produced.exitCode, produced.stderr).toBe(0);
  await expect.poll(() => said.join('')).toMatch(/anna.*popularity-.*cup-7/);
});

it('every record that the jobs wrote is what docs/asyncapi.json says', async () => {
  const outbox = await stack.bus.outbox();
  await outbox.publish('shop.events', { key: 'anna', value: 'no JSON' });
  await outbox.stop();
  const validators = validatorsOf(asyncapi(VERSION));
  const counts: Record<string, number> = {};
  const wrong: string[] = [];
  const read = async () => {
    for (const topic of validators.keys()) {
      counts[topic] = 0;
      const apply = (_topic: string, _partition: number, { value }: { value: Buffer | null }) => {
        if (value === null || String(value) === 'no JSON') return;
        counts[topic]! += 1;
        const errors = validators.get(topic)!(JSON.parse(String(value)));
        if (errors.length > 0) wrong.push(`${topic}: ${errors.join(' / ')}: ${value}`);
      };
      await (await stack.bus.follow({ topics: [topic], once: true, apply })).stop();
    }
    return counts;
  };
  const flowed = [
    'shop.events',
    'shop.catalogue',
    'rank.requests',
    'rank.lists',
    'rank.examples',
    'models',
    'job.metrics',
    'dead.letters',
  ];
  for (const topic of flowed) expect(Object.keys(TOPICS)).toContain(topic);
  await expect
    .poll(
      async () => {
        const c = await read();
        return flowed.filter(topic => !c[topic]);
      },
      { interval: 2_000 },
    )
    .toEqual([]);
  expect(wrong).toEqual([]);
});

it('no secret is in any log', () => {
  const logs = path.join(stack.config.dataDir, 'logs');
  const text = readdirSync(logs)
    .map(name => readFileSync(path.join(logs, name), 'utf8'))
    .join('\n');
  expect(text.length).toBeGreaterThan(100);
  for (const secret of [USER.password, API_KEY, password]) expect(text).not.toContain(secret);
});
