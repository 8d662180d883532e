import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig, toEnvironment } from '../../../schemas/settings/config.ts';
import { SECRETS } from '../../../schemas/settings/connections.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'temper-secrets-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const fileWith = (text: string): string => {
  const file = path.join(directory, `${Math.abs(hash(text))}`);
  writeFileSync(file, text);
  return file;
};
const hash = (text: string) => [...text].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 7);

const KAFKA = { TEMPER_KAFKA: 'broker:9093' };
const SASL = { TEMPER_KAFKA_SASL: 'scram-sha-512', TEMPER_KAFKA_USER: 'temper', TEMPER_KAFKA_PASSWORD: 'p' };

describe('connections', () => {
  it('are in the clear and as nobody, where nothing is said', () => {
    const { kafkaAccess, temporalAccess, clickhouseTls } = readConfig({}, {});
    expect(kafkaAccess).toEqual({ tls: undefined, sasl: undefined });
    expect(temporalAccess).toEqual({ tls: undefined, apiKey: undefined });
    expect(clickhouseTls).toBeUndefined();
  });

  it('come through the environment of a child process as they are', () => {
    const all = {
      ...{
        ...KAFKA,
        ...SASL,
        TEMPER_KAFKA_TLS_CA: 'ca.pem',
        TEMPER_KAFKA_TLS_CERT: 'c.pem',
        TEMPER_KAFKA_TLS_KEY: 'k.pem',
      },
      ...{
        TEMPER_CLICKHOUSE: 'https://store:8443',
        TEMPER_CLICKHOUSE_USER: 'temper',
        TEMPER_CLICKHOUSE_PASSWORD: 'a:b@c/%',
        TEMPER_CLICKHOUSE_TLS: 'on',
      },
      ...{ TEMPER_CLICKHOUSE_TLS_CA: 'ca.pem', TEMPER_TEMPORAL: 't:7233', TEMPER_TEMPORAL_TLS_NAME: 'temporal.shop' },
      ...{ TEMPER_TEMPORAL_API_KEY: 'key' },
    };
    for (const environment of [
      all,
      { ...KAFKA, TEMPER_KAFKA_TLS: 'on' },
      { ...KAFKA, ...SASL, TEMPER_KAFKA_TLS: 'off' },
      { TEMPER_CLICKHOUSE: 'http://temper:p@store:8123', TEMPER_CLICKHOUSE_TLS: 'off' },
    ]) {
      const config = readConfig({}, environment);
      expect(readConfig({}, toEnvironment(config))).toEqual(config);
    }
    const { clickhouse, kafkaAccess } = readConfig({}, all);
    expect(decodeURIComponent(new URL(clickhouse!).password)).toBe('a:b@c/%');
    expect(kafkaAccess.tls?.ca).toBe(path.resolve('ca.pem'));
  });

  it.each([
    ['TLS for a broker of its own', { TEMPER_KAFKA_TLS: 'on' }, 'needs TEMPER_KAFKA'],
    ['a key without its certificate', { ...KAFKA, TEMPER_KAFKA_TLS_KEY: 'k' }, 'needs TEMPER_KAFKA_TLS_CERT'],
    ['a user without a password', { ...KAFKA, TEMPER_KAFKA_USER: 'u' }, 'TEMPER_KAFKA_PASSWORD'],
    ['a password in the clear', { ...KAFKA, ...SASL, TEMPER_KAFKA_SASL: 'plain' }, 'plain sends the password'],
    ['TLS that is off and on', { ...KAFKA, TEMPER_KAFKA_TLS: 'off', TEMPER_KAFKA_TLS_CA: 'ca' }, 'is off, but'],
    ['a key in the clear', { TEMPER_TEMPORAL: 't:1', TEMPER_TEMPORAL_API_KEY: 'k' }, 'is sent as it is'],
    ['an authority for http', { TEMPER_CLICKHOUSE: 'http://c:1', TEMPER_CLICKHOUSE_TLS_CA: 'ca' }, 'needs an https'],
    ['a password in a URL in the clear', { TEMPER_CLICKHOUSE: 'http://u:p@store:8123' }, 'sends the password'],
    [
      'a password beside a URL in the clear',
      { TEMPER_CLICKHOUSE: 'http://store:8123', TEMPER_CLICKHOUSE_PASSWORD: 'p' },
      'sends the password',
    ],
    ['TLS by http', { TEMPER_CLICKHOUSE: 'http://c:1', TEMPER_CLICKHOUSE_TLS: 'on' }, 'is on, but'],
    ['https without TLS', { TEMPER_CLICKHOUSE: 'https://c:1', TEMPER_CLICKHOUSE_TLS: 'off' }, 'is off, but'],
  ])('refuse %s', (_what, environment, words) => {
    expect(() => readConfig({}, environment)).toThrow(words);
  });

  it.each([
    ['to another machine, where that is meant', 'http://u:p@store:8123', 'off'],
    ['on this machine', 'http://u:p@127.0.0.1:8123', undefined],
    ['on this machine, by its name', 'http://u:p@localhost:8123', undefined],
    ['on this machine, by IPv6', 'http://u:p@[::1]:8123', undefined],
  ])("take ClickHouse's password in the clear %s", (_where, url, tls) => {
    const { clickhouse, clickhouseTls } = readConfig({}, { TEMPER_CLICKHOUSE: url, TEMPER_CLICKHOUSE_TLS: tls });
    expect(clickhouse).toBe(url);
    expect(clickhouseTls).toBeUndefined();
  });
});

describe('secrets', () => {
  it('may stand in files, without the end of the line', () => {
    const { temporalAccess } = readConfig(
      {},
      { TEMPER_TEMPORAL: 't:1', TEMPER_TEMPORAL_TLS: 'on', TEMPER_TEMPORAL_API_KEY_FILE: fileWith('the key\n') },
    );
    expect(temporalAccess.apiKey).toBe('the key');
    for (const name of SECRETS) {
      const both = { [name]: 'x', [`${name}_FILE`]: fileWith('y') };
      expect(() => readConfig({}, both)).toThrow(`${name}: is given twice`);
      expect(() => readConfig({}, { [`${name}_FILE`]: path.join(directory, 'none') })).toThrow(/ENOENT/);
    }
    expect(() => readConfig({}, { TEMPER_GENERATOR_KEY_FILE: fileWith('') })).toThrow('expected a secret');
    const { traces } = readConfig({}, { OTEL_EXPORTER_OTLP_HEADERS_FILE: fileWith('authorization=Bearer%20key\n') });
    expect(traces.headers).toEqual({ authorization: 'Bearer key' });
  });

  it('are not in what is said of a wrong configuration', () => {
    const secret = 'swordfish';
    const wrong = {
      TEMPER_CLICKHOUSE: `ftp://user:${secret}@store`,
      TEMPER_REGISTRY_CREDENTIALS: secret,
      TEMPER_KAFKA_PASSWORD: secret,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${secret}`,
      TEMPER_PARTITIONS: 'many',
    };
    const error = (() => {
      try {
        return readConfig({}, wrong);
      } catch (thrown) {
        return thrown as Error;
      }
    })();
    expect(String(error)).toMatch(
      /TEMPER_CLICKHOUSE[\s\S]*TEMPER_REGISTRY_CREDENTIALS|TEMPER_REGISTRY[\s\S]*TEMPER_CLICKHOUSE/,
    );
    expect(String(error)).toContain('"many"');
    expect(String(error)).not.toContain(secret);
  });
});
