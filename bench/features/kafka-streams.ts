import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { z } from 'zod';
import { requireTool } from '../../services/tools.ts';

const Measured = z.object({ events: z.number(), wall_s: z.number(), cpu_s: z.number(), updates: z.number() });
export type Measured = z.infer<typeof Measured>;

/** Kafka Streams on the same topic, as a program of its own. */
export interface KafkaStreams {
  count(windows: 'tumbling' | 'hopping', events: number): Promise<Measured>;
}

/** Compiles the peer (bench/features/kafka-streams) below `cacheDir`; its libraries come from Maven Central. */
export async function buildKafkaStreams(cacheDir: string, brokers: string): Promise<KafkaStreams> {
  await requireTool('java', 'Kafka Streams beside the feature job');
  await requireTool('maven', 'Kafka Streams beside the feature job');
  const target = path.join(cacheDir, 'kafka-streams-peer');
  const classPath = path.join(target, 'classpath.txt');
  await execa(
    'mvn',
    ['-B', '-q', `-Dtarget=${target}`, 'compile', 'dependency:build-classpath', `-Dmdep.outputFile=${classPath}`],
    { cwd: path.join(import.meta.dirname, 'kafka-streams') },
  );
  const libraries = await readFile(classPath, 'utf8');
  return {
    async count(windows, events) {
      const all = `${path.join(target, 'classes')}:${libraries.trim()}`;
      const told = await execa('java', ['-cp', all, 'WindowedCount', brokers, windows, String(events)]);
      return Measured.parse(JSON.parse(told.stdout));
    },
  };
}
