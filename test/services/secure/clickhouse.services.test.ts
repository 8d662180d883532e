import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { diagnose } from '../../../cli/doctor.ts';
import { openStore } from '../../../schemas/clickhouse.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { type Gateway, tlsGateway } from './gateways.ts';

const database = `temper_secure_${randomUUID().slice(0, 8)}`;
let certificates: Certificates;
let good: Gateway;
let expired: Gateway;
let mutual: Gateway;
let user: string;
let password: string;

beforeAll(async () => {
  certificates = await makeCertificates();
  const url = new URL(inject('endpoints').clickhouse);
  [user, password] = [url.username, url.password];
  good = await tlsGateway({ identity: certificates.server }, url.host);
  expired = await tlsGateway({ identity: certificates.expired }, url.host);
  mutual = await tlsGateway({ identity: certificates.server, clients: certificates.ca }, url.host);
});
afterAll(async () => {
  for (const gateway of [good, expired, mutual]) await gateway?.stop();
  certificates?.remove();
});

const configOf = (gateway: Gateway, more: Record<string, string> = {}) =>
  readConfig(
    {},
    {
      TEMPER_CLICKHOUSE: `https://${gateway.address}`,
      TEMPER_CLICKHOUSE_TLS_CA: certificates.ca,
      TEMPER_CLICKHOUSE_USER: user,
      TEMPER_CLICKHOUSE_PASSWORD: password,
      ...more,
    },
  );
const open = ({ clickhouse, clickhouseTls }: ReturnType<typeof configOf>) =>
  openStore(clickhouse!, database, clickhouseTls);

const shown = () => ({
  TEMPER_CLICKHOUSE_TLS_CERT: certificates.client.cert,
  TEMPER_CLICKHOUSE_TLS_KEY: certificates.client.key,
});

it.each([
  ['TLS', () => configOf(good)],
  ['TLS that wants a certificate', () => configOf(mutual, shown())],
] as const)('is filled and asked by %s, as a user with a password', async (_, config) => {
  const store = await open(config());
  await store.command('CREATE TABLE kept (n UInt64) ENGINE = MergeTree ORDER BY n');
  await store.insert('kept', [{ n: 7 }]);
  expect(await store.query('SELECT n FROM kept')).toEqual([{ n: 7 }]);
  await store.command(`DROP DATABASE ${database}`);
  await store.stop();
});

it('says which of password, authority, time and protocol is wrong', async () => {
  const wrong = configOf(good, { TEMPER_CLICKHOUSE_PASSWORD: 'wrong horse' });
  const error: Error = await open(wrong).then(
    () => expect.fail('it was let in'),
    e => e,
  );
  expect(error).toMatchObject({
    code: 'CREDENTIALS_REFUSED',
    message: expect.stringContaining('TEMPER_CLICKHOUSE_PASSWORD'),
  });
  expect(error.message).not.toContain('wrong horse');
  await expect(open(configOf(good, { TEMPER_CLICKHOUSE_TLS_CA: certificates.stranger }))).rejects.toMatchObject({
    code: 'TLS_REFUSED',
    message: expect.stringContaining('TEMPER_CLICKHOUSE_TLS_CA'),
  });
  await expect(open(configOf(expired))).rejects.toMatchObject({
    code: 'TLS_REFUSED',
    message: expect.stringContaining('has expired'),
  });
  const plain = { address: new URL(inject('endpoints').clickhouse).host, stop: async () => {} };
  await expect(open(configOf(plain))).rejects.toMatchObject({
    code: 'TLS_REFUSED',
    message: expect.stringContaining('no TLS'),
  });
});

it('is found by the doctor, who tells no password', async () => {
  const clickhouse = async (config: ReturnType<typeof configOf>) =>
    (await diagnose(config)).find(({ name }) => name === 'clickhouse');
  expect(await clickhouse(configOf(good))).toMatchObject({ ok: true });
  expect(await clickhouse(configOf(mutual, shown()))).toMatchObject({ ok: true });
  const found = [
    await clickhouse(configOf(good, { TEMPER_CLICKHOUSE_PASSWORD: 'wrong horse' })),
    await clickhouse(configOf(expired)),
    await clickhouse(configOf(mutual)),
  ];
  expect(found.map(finding => /\b[A-Z]+_REFUSED\b/.exec(finding!.remedy!)![0])).toEqual([
    'CREDENTIALS_REFUSED',
    'TLS_REFUSED',
    'TLS_REFUSED',
  ]);
  expect(found[2]!.remedy).toContain('TEMPER_CLICKHOUSE_TLS_CERT');
  expect(JSON.stringify(found)).not.toMatch(new RegExp(`wrong horse|${password}`));
});
