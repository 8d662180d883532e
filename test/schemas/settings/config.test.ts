import { describe, expect, it } from 'vitest';
import { TemperError } from '../../../schemas/errors.ts';
import { readConfig, toEnvironment } from '../../../schemas/settings/config.ts';

describe('the configuration', () => {
  it('has a default for everything', () => {
    const config = readConfig({}, {});
    expect(config.kafka).toBeUndefined();
    expect(config.partitions).toBeGreaterThan(0);
  });

  it('tells all errors of a wrong one at once, with what came', () => {
    const wrong = { TEMPER_KAFKA: 'nowhere', TEMPER_PARTITIONS: '-3', TEMPER_TYPO: 'x', TEMPER_CLICKHOUSE: 'ftp://a' };
    const error = caught(() => readConfig({}, wrong));
    expect(error).toBeInstanceOf(TemperError);
    expect(error.code).toBe('CONFIG_INVALID');
    for (const name of Object.keys(wrong)) expect(error.message).toContain(name);
    expect(error.message).toContain('"-3"');
  });

  it('lets the environment win over the defaults of a command', () => {
    const config = readConfig({ TEMPER_EXPLORATION: '0.2' }, { TEMPER_EXPLORATION: '0.05' });
    expect(config.exploration).toBe(0.05);
  });

  it('survives the way through the environment of a child process', () => {
    const config = readConfig(
      {},
      { TEMPER_KAFKA: '127.0.0.1:9092, 127.0.0.1:9093', TEMPER_DATA: 'x', TEMPER_THREADS: '2' },
    );
    expect(readConfig({}, toEnvironment(config))).toEqual(config);
  });

  it('knows a bucket by its address, with or without a prefix, and secrets with colons', () => {
    const TEMPER_REGISTRY_CREDENTIALS = 'id:se:cret';
    const config = readConfig({}, { TEMPER_REGISTRY: 's3://shop-models/a/b/', TEMPER_REGISTRY_CREDENTIALS });
    const credentials = { accessKeyId: 'id', secretAccessKey: 'se:cret' };
    const bucket = { bucket: 'shop-models', endpoint: undefined, region: 'us-east-1', credentials };
    expect(config.registry).toEqual({ ...bucket, prefix: 'a/b/' });
    expect(readConfig({}, toEnvironment(config))).toEqual(config);
    const bare = readConfig({}, { TEMPER_REGISTRY: 's3://shop-models' });
    expect(bare.registry).toEqual({ ...bucket, prefix: '', credentials: undefined });
    expect(readConfig({}, toEnvironment(bare))).toEqual(bare);
    expect(() => readConfig({}, { TEMPER_REGISTRY: 'shop-models' })).toThrow(/TEMPER_REGISTRY: expected s3:/);
  });
});

function caught(work: () => unknown): TemperError {
  try {
    work();
  } catch (error) {
    return error as TemperError;
  }
  throw new Error('nothing was thrown');
}
