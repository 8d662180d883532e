import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** Which rooms a room may know. What is not named here, nobody's arrows reach. */
const MAY_KNOW: Record<string, readonly string[]> = {
  schemas: [],
  models: ['schemas'],
  streams: ['schemas', 'models'],
  activities: ['schemas', 'models'],
  workflows: ['schemas', 'models', 'activities'],
  services: ['schemas'],
  console: ['schemas', 'models', 'streams', 'activities', 'workflows', 'services'],
  cli: ['schemas', 'models', 'streams', 'activities', 'workflows', 'services', 'console', 'test/sim', 'bench'],
  bench: ['schemas', 'models', 'streams', 'activities', 'workflows', 'services', 'test/sim', 'test/console', 'cli'],
};

/** Libraries that one place alone may import. */
const OWNERS: Record<string, string | readonly string[]> = {
  kafkajs: ['streams/kafka/', 'bench/kafka-clients/clients.ts'],
  'onnxruntime-node': 'models/graph/sessions/here.ts',
  'onnx-proto': 'models/graph/file/onnx.ts',
  '@clickhouse/client': 'schemas/clickhouse.ts',
  '@aws-sdk/client-s3': 'models/registry/store/s3.ts',
  commander: 'cli/',
  '@huggingface/tokenizers': 'models/encoders/tokenizer.ts',
  fflate: 'services/weights/unzip.ts',
  sharp: 'models/images/pixels.ts',
  'prom-client': 'streams/observe/registry.ts',
  '@node-rs/crc32': 'streams/kafka/wire/record-batch.ts',
  '@opentelemetry/api': 'streams/observe/',
  '@opentelemetry/core': 'streams/observe/traceparent.ts',
  '@opentelemetry/sdk-trace-base': 'streams/observe/traces.ts',
  '@opentelemetry/exporter-trace-otlp-http': 'streams/observe/traces.ts',
  hono: 'console/server/',
  '@hono/node-server': 'console/console.ts',
  preact: 'console/web/',
  uplot: 'console/web/drawings/chart.tsx',
  usearch: 'models/retrieval/vectors/vector-index.ts',
};

const root = path.resolve(import.meta.dirname, '..');
const sources = Object.keys(MAY_KNOW).flatMap(room => filesIn(path.join(root, room)));

function filesIn(directory: string): string[] {
  return readdirSync(directory).flatMap(name => {
    const file = path.join(directory, name);
    if (statSync(file).isDirectory()) return filesIn(file);
    return /\.tsx?$/.test(name) ? [path.relative(root, file)] : [];
  });
}

function importsOf(file: string): string[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!);
}

describe('the arrows between the rooms', () => {
  it('finds the sources', () => {
    expect(sources.length).toBeGreaterThan(50);
  });

  it.each(Object.entries(MAY_KNOW))('%s knows only its rooms', (room, known) => {
    const strangers = sources
      .filter(file => file.startsWith(`${room}/`))
      .flatMap(file =>
        importsOf(file)
          .filter(target => target.startsWith('.'))
          .map(target => path.relative(root, path.resolve(root, path.dirname(file), target)))
          .filter(target => ![room, ...known].some(allowed => target.startsWith(`${allowed}/`)))
          .map(target => `${file} -> ${target}`),
      );
    expect(strangers).toEqual([]);
  });

  it.each(Object.entries(OWNERS))('%s is imported by its owner alone', (library, owner) => {
    const users = sources.filter(file => importsOf(file).some(t => t === library || t.startsWith(`${library}/`)));
    expect(users.filter(file => ![owner].flat().some(place => file.startsWith(place)))).toEqual([]);
    expect(users.length).toBeGreaterThan(0);
  });

  it("kafkajs is loaded in one place, which gives it parts of Temper's", () => {
    const loaders = sources.filter(file =>
      /^(?:import (?!type )[^;]*from|.*require\(|.*await import\()\s*'kafkajs'/m.test(
        readFileSync(path.join(root, file), 'utf8'),
      ),
    );
    expect(loaders.sort()).toEqual(['bench/kafka-clients/clients.ts', 'streams/kafka/wire/kafkajs.ts']);
  });

  it('no file comes back to itself through what it imports; the op table and its functions alone define each other', () => {
    const straight = sources.filter(file => file !== 'models/graph/functions.ts');
    const imported = new Map(
      straight.map(file => [
        file,
        importsOf(file)
          .filter(target => target.startsWith('.'))
          .map(target => path.relative(root, path.resolve(root, path.dirname(file), target))),
      ]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (file: string, above: readonly string[]): void => {
      if (above.includes(file)) circles.push([...above.slice(above.indexOf(file)), file].join(' -> '));
      if (done.has(file)) return;
      done.add(file);
      for (const next of imported.get(file) ?? []) walk(next, [...above, file]);
    };
    for (const file of straight) walk(file, []);
    expect(circles).toEqual([]);
  });

  it('only the configuration reads the environment', () => {
    const readers = sources.filter(file => readFileSync(path.join(root, file), 'utf8').includes('process.env'));
    expect(readers.filter(file => file !== 'schemas/settings/config.ts')).toEqual([]);
  });

  it('workflow code takes nothing but types from activities, and no zod', () => {
    for (const file of sources.filter(name => name.startsWith('workflows/') && !/worker|client/.test(name))) {
      const text = readFileSync(path.join(root, file), 'utf8');
      expect(text.match(/^import (?!type).*activities\//m), file).toBeNull();
      expect(importsOf(file), file).not.toContain('zod');
    }
  });
});
