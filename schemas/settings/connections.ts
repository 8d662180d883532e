/**
 * How Temper reaches services that others run: encrypted or not, and as whom. The settings are a part of the
 * configuration (config.ts); what Temper starts itself is on loopback, without TLS.
 */
import path from 'node:path';
import { z } from 'zod';
import type { Tls } from './tls.ts';

const file = z.string().min(1).optional();
const secret = z.string().min(1).optional();
const onOff = z.enum(['on', 'off']).optional();

export const CONNECTION_SETTINGS = {
  TEMPER_KAFKA_TLS: onOff.describe(
    'whether connections to Kafka are encrypted; unset: where one of the next three is set',
  ),
  TEMPER_KAFKA_TLS_CA: file.describe(
    'PEM file of the authorities that sign the brokers; unset: those that Node trusts',
  ),
  TEMPER_KAFKA_TLS_CERT: file.describe('PEM file of the certificate that Temper shows to the brokers'),
  TEMPER_KAFKA_TLS_KEY: file.describe('PEM file of its private key'),
  TEMPER_KAFKA_SASL: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .describe('how Temper signs in at Kafka; unset: without a password'),
  TEMPER_KAFKA_USER: z.string().min(1).optional().describe('its user there'),
  TEMPER_KAFKA_PASSWORD: secret.describe('and its password'),
  TEMPER_CLICKHOUSE_TLS: onOff.describe(
    'whether connections to ClickHouse are encrypted, as its URL says; off: its password may go to http:// URLs elsewhere',
  ),
  TEMPER_CLICKHOUSE_USER: z.string().min(1).optional().describe('user of ClickHouse, where the URL names none'),
  TEMPER_CLICKHOUSE_PASSWORD: secret.describe('and its password'),
  TEMPER_CLICKHOUSE_TLS_CA: file.describe(
    'PEM file of the authorities that sign ClickHouse, for https:// URLs; unset: those that Node trusts',
  ),
  TEMPER_CLICKHOUSE_TLS_CERT: file.describe(
    'PEM file of the certificate that Temper shows to ClickHouse, and signs in by where it has no password',
  ),
  TEMPER_CLICKHOUSE_TLS_KEY: file.describe('PEM file of its private key'),
  TEMPER_TEMPORAL_TLS: onOff.describe(
    'whether connections to Temporal are encrypted; unset: where one of the next four is set',
  ),
  TEMPER_TEMPORAL_TLS_CA: file.describe(
    'PEM file of the authorities that sign the frontend; unset: those that the system trusts',
  ),
  TEMPER_TEMPORAL_TLS_CERT: file.describe('PEM file of the certificate that Temper shows to the frontend'),
  TEMPER_TEMPORAL_TLS_KEY: file.describe('PEM file of its private key'),
  TEMPER_TEMPORAL_TLS_NAME: z
    .string()
    .min(1)
    .optional()
    .describe("name in the frontend's certificate, where it is not that of its address"),
  TEMPER_TEMPORAL_API_KEY: secret.describe('key by which Temper signs in at Temporal, sent as a bearer token'),
} as const;

/** Settings that nobody but Temper should see: never printed, and taken from a file where `NAME_FILE` names one. */
export const SECRETS = [
  'TEMPER_KAFKA_PASSWORD',
  'TEMPER_CLICKHOUSE',
  'TEMPER_CLICKHOUSE_PASSWORD',
  'TEMPER_TEMPORAL_API_KEY',
  'TEMPER_GENERATOR_KEY',
  'TEMPER_REGISTRY_CREDENTIALS',
  'OTEL_EXPORTER_OTLP_HEADERS',
] as const;
export const secretFile = (name: string): string => `${name}_FILE`;

export interface KafkaAccess {
  tls: Tls | undefined;
  sasl: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string } | undefined;
}

export interface TemporalAccess {
  tls: Tls | undefined;
  apiKey: string | undefined;
}

/** Neither encrypted nor signed in: as what Temper starts itself is reached. */
export const OPEN = { tls: undefined, sasl: undefined, apiKey: undefined } as const;

export interface Connections {
  kafkaAccess: KafkaAccess;
  temporalAccess: TemporalAccess;
  clickhouseTls: Tls | undefined;
}

const Settings = z.object({
  ...CONNECTION_SETTINGS,
  TEMPER_KAFKA: z.unknown().optional(),
  TEMPER_CLICKHOUSE: z.string().optional(),
  TEMPER_TEMPORAL: z.unknown().optional(),
});
type Settings = z.output<typeof Settings>;

const SERVICES = ['TEMPER_KAFKA', 'TEMPER_CLICKHOUSE', 'TEMPER_TEMPORAL'] as const;
const WHAT_SERVICE = /^TEMPER_(KAFKA|CLICKHOUSE|TEMPORAL)(?=_)/;

/** What does not go together, each as one line; nothing is encrypted less, or signed in otherwise, than somebody meant. */
export function connectionProblems(e: Settings): string[] {
  const set = (name: keyof Settings) => e[name] !== undefined;
  const problems: string[] = [];
  for (const name of Object.keys(CONNECTION_SETTINGS) as (keyof Settings)[]) {
    const service = WHAT_SERVICE.exec(name)![0] as (typeof SERVICES)[number];
    const off = name.endsWith('_TLS') && e[name] === 'off';
    if (set(name) && !set(service) && !off)
      problems.push(`${name}: needs ${service}; what Temper starts itself has neither TLS nor users`);
  }
  for (const service of SERVICES) {
    const [cert, key] = [`${service}_TLS_CERT`, `${service}_TLS_KEY`] as [keyof Settings, keyof Settings];
    if (set(cert) !== set(key)) problems.push(`${set(cert) ? cert : key}: needs ${set(cert) ? key : cert}`);
  }
  for (const service of SERVICES) {
    const files = Object.keys(CONNECTION_SETTINGS).filter(
      name => name.startsWith(`${service}_TLS_`) && set(name as keyof Settings),
    );
    if (e[`${service}_TLS`] === 'off' && files.length > 0)
      problems.push(`${service}_TLS: is off, but ${files.join(', ')} set`);
  }
  const sasl = ['TEMPER_KAFKA_SASL', 'TEMPER_KAFKA_USER', 'TEMPER_KAFKA_PASSWORD'] as const;
  const missing = sasl.filter(name => !set(name));
  if (missing.length > 0 && missing.length < sasl.length)
    problems.push(`${missing.join(', ')}: needed to sign in at Kafka`);
  const clear = (service: 'TEMPER_KAFKA' | 'TEMPER_TEMPORAL') => !tlsOf(service, e) && e[`${service}_TLS`] !== 'off';
  if (e.TEMPER_KAFKA_SASL === 'plain' && clear('TEMPER_KAFKA')) {
    problems.push(
      'TEMPER_KAFKA_SASL: plain sends the password as it is: set TEMPER_KAFKA_TLS to on, or to off where that is meant',
    );
  }
  if (set('TEMPER_TEMPORAL_API_KEY') && clear('TEMPER_TEMPORAL')) {
    problems.push(
      'TEMPER_TEMPORAL_API_KEY: is sent as it is: set TEMPER_TEMPORAL_TLS to on, or to off where that is meant',
    );
  }
  if (set('TEMPER_CLICKHOUSE') && e.TEMPER_CLICKHOUSE_USER && new URL(e.TEMPER_CLICKHOUSE!).username !== '') {
    problems.push('TEMPER_CLICKHOUSE_USER: is given twice, also in TEMPER_CLICKHOUSE');
  }
  if (set('TEMPER_CLICKHOUSE_TLS_CERT') && !set('TEMPER_CLICKHOUSE_TLS_CA')) {
    problems.push('TEMPER_CLICKHOUSE_TLS_CERT: needs TEMPER_CLICKHOUSE_TLS_CA');
  }
  if (e.TEMPER_CLICKHOUSE !== undefined) problems.push(...clickhouseProblems(e, new URL(e.TEMPER_CLICKHOUSE)));
  return problems;
}

/** ClickHouse's URL says whether it is encrypted, so settings may say something else. */
function clickhouseProblems(e: Settings, url: URL): string[] {
  if (url.protocol === 'https:')
    return e.TEMPER_CLICKHOUSE_TLS === 'off'
      ? ['TEMPER_CLICKHOUSE_TLS: is off, but TEMPER_CLICKHOUSE is https://']
      : [];
  const problems: string[] = [];
  if (e.TEMPER_CLICKHOUSE_TLS === 'on')
    problems.push('TEMPER_CLICKHOUSE_TLS: is on, but TEMPER_CLICKHOUSE is no https:// URL');
  if (e.TEMPER_CLICKHOUSE_TLS_CA !== undefined)
    problems.push('TEMPER_CLICKHOUSE_TLS_CA: needs an https:// URL in TEMPER_CLICKHOUSE');
  const password = e.TEMPER_CLICKHOUSE_PASSWORD ?? url.password;
  if (password !== '' && !LOOPBACK.test(url.hostname) && e.TEMPER_CLICKHOUSE_TLS === undefined) {
    problems.push(
      'TEMPER_CLICKHOUSE: http:// sends the password as it is: use an https:// URL, or set TEMPER_CLICKHOUSE_TLS to off where that is meant',
    );
  }
  return problems;
}

/** Nothing that is sent there leaves the machine; `URL` writes addresses in their one form. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

export function connectionsOf(e: Settings): Connections {
  const { TEMPER_KAFKA_SASL: mechanism, TEMPER_KAFKA_USER: username, TEMPER_KAFKA_PASSWORD: password } = e;
  return {
    kafkaAccess: {
      tls: tlsOf('TEMPER_KAFKA', e),
      sasl: mechanism && username && password ? { mechanism, username, password } : undefined,
    },
    temporalAccess: { tls: tlsOf('TEMPER_TEMPORAL', e), apiKey: e.TEMPER_TEMPORAL_API_KEY },
    clickhouseTls: e.TEMPER_CLICKHOUSE?.startsWith('https://') ? tlsOf('TEMPER_CLICKHOUSE', e, true) : undefined,
  };
}

/** The URL with user and password in it, as everything behind the configuration takes it. */
export function clickhouseUrl(e: Settings): string | undefined {
  const { TEMPER_CLICKHOUSE: url, TEMPER_CLICKHOUSE_USER: user, TEMPER_CLICKHOUSE_PASSWORD: password } = e;
  if (url === undefined || (user === undefined && password === undefined)) return url;
  const whole = new URL(url);
  if (user !== undefined) whole.username = encodeURIComponent(user);
  if (password !== undefined) whole.password = encodeURIComponent(password);
  return whole.href;
}

/** Whether who comes to this URL of ClickHouse is known by his certificate, and not by a password. */
export function signsInByCertificate(url: string, tls: Tls | undefined): boolean {
  return tls?.cert !== undefined && new URL(url).password === '';
}

function tlsOf(setting: (typeof SERVICES)[number], e: Settings, on = false): Tls | undefined {
  const tls: Tls = {
    setting,
    ca: resolved(e[`${setting}_TLS_CA`]),
    cert: resolved(e[`${setting}_TLS_CERT`]),
    key: resolved(e[`${setting}_TLS_KEY`]),
    name: setting === 'TEMPER_TEMPORAL' ? e.TEMPER_TEMPORAL_TLS_NAME : undefined,
  };
  return on || e[`${setting}_TLS`] === 'on' || Object.values(tls).filter(value => value !== undefined).length > 1
    ? tls
    : undefined;
}

const resolved = (file: string | undefined) => (file === undefined ? undefined : path.resolve(file));

type Reached = Connections & { kafka: unknown; temporal: unknown; clickhouse: string | undefined };

/** The settings that give these connections again; whether it is encrypted is said in any case. */
export function connectionEnvironment(config: Reached) {
  const { kafkaAccess, temporalAccess, clickhouseTls } = config;
  return {
    TEMPER_KAFKA_TLS: config.kafka ? (kafkaAccess.tls ? 'on' : 'off') : undefined,
    TEMPER_KAFKA_TLS_CA: kafkaAccess.tls?.ca,
    TEMPER_KAFKA_TLS_CERT: kafkaAccess.tls?.cert,
    TEMPER_KAFKA_TLS_KEY: kafkaAccess.tls?.key,
    TEMPER_KAFKA_SASL: kafkaAccess.sasl?.mechanism,
    TEMPER_KAFKA_USER: kafkaAccess.sasl?.username,
    TEMPER_KAFKA_PASSWORD: kafkaAccess.sasl?.password,
    TEMPER_CLICKHOUSE_TLS: config.clickhouse && (clickhouseTls ? 'on' : 'off'),
    // They are in the URL.
    TEMPER_CLICKHOUSE_USER: undefined,
    TEMPER_CLICKHOUSE_PASSWORD: undefined,
    TEMPER_CLICKHOUSE_TLS_CA: clickhouseTls?.ca,
    TEMPER_CLICKHOUSE_TLS_CERT: clickhouseTls?.cert,
    TEMPER_CLICKHOUSE_TLS_KEY: clickhouseTls?.key,
    TEMPER_TEMPORAL_TLS: config.temporal ? (temporalAccess.tls ? 'on' : 'off') : undefined,
    TEMPER_TEMPORAL_TLS_CA: temporalAccess.tls?.ca,
    TEMPER_TEMPORAL_TLS_CERT: temporalAccess.tls?.cert,
    TEMPER_TEMPORAL_TLS_KEY: temporalAccess.tls?.key,
    TEMPER_TEMPORAL_TLS_NAME: temporalAccess.tls?.name,
    TEMPER_TEMPORAL_API_KEY: temporalAccess.apiKey,
  } satisfies Record<keyof typeof CONNECTION_SETTINGS, string | undefined>;
}
