/** How Temper is looked at from outside: metrics and traces. The settings are a part of the configuration (config.ts). */
import { z } from 'zod';

const DEFAULT_OTLP = 'http://127.0.0.1:4318';

export const OBSERVABILITY_SETTINGS = {
  TEMPER_METRICS: z
    .union([
      z.literal('none'),
      z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^\s:/]+):\d{1,5}$/, 'expected host:port or none'),
    ])
    .default('127.0.0.1:9464')
    .describe('where a job tells its metrics and its health; the next free port where this one is taken; or none'),
  TEMPER_TRACES_RATIO: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('share of records that are traced, of those that bring no trace of their own; 0: none at all'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .string()
    .default(DEFAULT_OTLP)
    .describe('where traces are sent, by OTLP over HTTP in JSON: below it is v1/traces'),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .string()
    .default('http/json')
    .describe('how others on this machine send: grpc is refused where something is traced'),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .min(1)
    .optional()
    .describe('headers with which they are sent, as name=value,name=value'),
} as const;

export interface TraceSettings {
  /** From 0, which is off, to 1. */
  ratio: number;
  /** Where spans are posted. */
  endpoint: string;
  /** They may have a secret. */
  headers: Record<string, string>;
}

export interface Observability {
  /** Undefined: no metrics. Port 0: any. */
  metrics: { host: string; port: number } | undefined;
  traces: TraceSettings;
}

type Settings = z.output<z.ZodObject<typeof OBSERVABILITY_SETTINGS>>;

/**
 * What does not go together, each as one line. OpenTelemetry's own variables may be there for other programs: they are
 * looked at only where something is traced.
 */
export function observabilityProblems(e: Settings): string[] {
  if (e.TEMPER_TRACES_RATIO === 0) return [];
  const problems: string[] = [];
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = e;
  if (!z.url({ protocol: /^https?$/ }).safeParse(endpoint).success) {
    problems.push(`OTEL_EXPORTER_OTLP_ENDPOINT: expected http(s)://host:port, got ${JSON.stringify(endpoint)}`);
  }
  if (e.OTEL_EXPORTER_OTLP_PROTOCOL === 'grpc') {
    problems.push(
      'OTEL_EXPORTER_OTLP_PROTOCOL: is grpc, but Temper sends over HTTP: set it to http/json for Temper, and OTEL_EXPORTER_OTLP_ENDPOINT to the port for that, as a rule 4318',
    );
  }
  return problems;
}

export function observabilityOf(e: Settings): Observability {
  const colon = e.TEMPER_METRICS.lastIndexOf(':');
  const host = e.TEMPER_METRICS.slice(0, colon).replace(/^\[|\]$/g, '');
  return {
    metrics: e.TEMPER_METRICS === 'none' ? undefined : { host, port: Number(e.TEMPER_METRICS.slice(colon + 1)) },
    traces: {
      ratio: e.TEMPER_TRACES_RATIO,
      endpoint: `${e.OTEL_EXPORTER_OTLP_ENDPOINT.replace(/\/$/, '')}/v1/traces`,
      headers: Object.fromEntries((e.OTEL_EXPORTER_OTLP_HEADERS ?? '').split(',').flatMap(headerOf)),
    },
  };
}

/** Names and values are encoded as in a URL: https://opentelemetry.io/docs/specs/otel/protocol/exporter/. */
function headerOf(pair: string): [string, string][] {
  const at = pair.indexOf('=');
  return at < 1 ? [] : [[decoded(pair.slice(0, at)), decoded(pair.slice(at + 1))]];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return text.trim(); // a % that begins no code stands for itself
  }
}

export function observabilityEnvironment({ metrics, traces }: Observability) {
  const host = metrics?.host.includes(':') ? `[${metrics.host}]` : metrics?.host;
  return {
    TEMPER_METRICS: metrics ? `${host}:${metrics.port}` : 'none',
    TEMPER_TRACES_RATIO: traces.ratio,
    OTEL_EXPORTER_OTLP_ENDPOINT: traces.endpoint.replace(/\/v1\/traces$/, ''),
    OTEL_EXPORTER_OTLP_PROTOCOL: undefined, // a process that is started has it from where this one has it
    OTEL_EXPORTER_OTLP_HEADERS:
      Object.entries(traces.headers)
        .map(pair => pair.map(encodeURIComponent).join('='))
        .join(',') || undefined,
  };
}
