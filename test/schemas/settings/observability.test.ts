import { describe, expect, it } from 'vitest';
import { readConfig, toEnvironment } from '../../../schemas/settings/config.ts';

const ON = { TEMPER_TRACES_RATIO: '0.1' };

describe("OpenTelemetry's own variables", () => {
  it.each([
    ['an address as gRPC has it', { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' }, 'expected http'],
    ['what is no address', { OTEL_EXPORTER_OTLP_ENDPOINT: 'unix:/run/otel' }, 'expected http'],
    ['another way than that by HTTP', { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL: is grpc'],
  ])('are refused only where something is traced: %s', (_what, others, words) => {
    const config = readConfig({}, others);
    expect(config.traces.ratio).toBe(0);
    expect(readConfig({}, toEnvironment(config))).toEqual(config);
    expect(() => readConfig({}, { ...ON, ...others })).toThrow(words);
  });

  it('say where traces go', () => {
    const { traces } = readConfig({}, { ...ON, OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector:4318/' });
    expect(traces.endpoint).toBe('https://collector:4318/v1/traces');
    expect(readConfig({}, { ...ON, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' }).traces).toEqual(
      readConfig({}, ON).traces,
    );
    expect(readConfig({}, ON).traces.endpoint).toBe('http://127.0.0.1:4318/v1/traces');
  });
});
