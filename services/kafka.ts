import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { TemperError } from '../schemas/errors.ts';
import { LIMITS } from '../schemas/limits.ts';
import type { KafkaAccess } from '../schemas/settings/connections.ts';
import { requireSecure } from '../schemas/settings/tls.ts';
import { install, installed, runStep } from './install.ts';
import { keepOnce } from './process/keep.ts';
import { type Running, startProgram } from './process/program.ts';
import { coordinatesGroups, listensKafka, PATIENCE_MS, SILENT, speaksKafka } from './process/reach.ts';
import { type Context, elsewhere, type Service } from './service.ts';
import { requireTool } from './tools.ts';

const VERSION = '4.4.0';
export const KAFKA_PACKAGE = `kafka-${VERSION}`;

/**
 * Kafka as configured, or a broker of our own on loopback; its endpoint is the list of brokers.
 *
 * @param advertised host:port by which the broker tells clients to reach it, where something stands in between
 */
export async function startKafka(context: Context, advertised?: string): Promise<Service<string[]>> {
  const brokers = context.config.kafka;
  if (brokers) return reachKafka(brokers, context.config.kafkaAccess);

  await requireTool('java', 'Kafka, which is not configured by TEMPER_KAFKA');
  const home = await findKafka(context);
  await format(context, home);
  const archive = await archiveClasses(context, home);
  const options = archive ? [`-XX:SharedArchiveFile=${archive}`] : [];
  const { running, broker } = await runBroker(context, home, options, advertised);
  return { endpoint: [broker], stop: running.stop, died: running.died };
}

/** The jars of a Kafka 4 on PATH, if there is one. */
export async function kafkaOnPath(): Promise<string | undefined> {
  const { stdout, failed } = await execa('sh', ['-c', 'readlink -f "$(command -v kafka-server-start.sh)"'], {
    reject: false,
  });
  const libs = path.join(path.dirname(stdout), '..', 'libs');
  if (failed || stdout === '' || !existsSync(libs)) return undefined;
  const hasKafka4 = (await readdir(libs)).some(jar => /^kafka_2\.13-4\.\d+\.\d+\.jar$/.test(jar));
  return hasKafka4 ? path.normalize(libs) : undefined;
}

/** One node that is broker and controller. Paths are relative to its directory; ports may change at each start. */
export function serverProperties(broker: string, controller: string, advertised = broker): string {
  return [
    'process.roles=broker,controller',
    'node.id=1',
    `controller.quorum.voters=1@${controller}`,
    `listeners=PLAINTEXT://${broker},CONTROLLER://${controller}`,
    `advertised.listeners=PLAINTEXT://${advertised}`,
    'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names=CONTROLLER',
    'inter.broker.listener.name=PLAINTEXT',
    'log.dirs=log',
    // A topic with default settings, made by a typing error, would lose compaction: topics are made on purpose only.
    'auto.create.topics.enable=false',
    `message.max.bytes=${LIMITS.record_bytes + 1024 * 1024}`,
    'group.initial.rebalance.delay.ms=0',
    // The defaults are made for large clusters; each partition costs time at the start and at the stop.
    'offsets.topic.num.partitions=8',
    'offsets.topic.replication.factor=1',
    'transaction.state.log.num.partitions=4',
    'transaction.state.log.replication.factor=1',
    'transaction.state.log.min.isr=1',
    'share.coordinator.state.topic.num.partitions=4',
    'share.coordinator.state.topic.replication.factor=1',
    'share.coordinator.state.topic.min.isr=1',
    'num.network.threads=2',
    'num.io.threads=4',
    'log.cleaner.dedupe.buffer.size=33554432',
    '',
  ].join('\n');
}

/** The brokers of somebody else. Whether they let Temper in is seen by the first client that signs in. */
export async function reachKafka(brokers: string[], { tls, sasl }: KafkaAccess): Promise<Service<string[]>> {
  const asking = { tls, within_ms: PATIENCE_MS };
  const answers = await Promise.all(brokers.map(at => (sasl ? listensKafka(at, asking) : speaksKafka(at, asking))));
  if (answers.some(answer => answer)) return elsewhere(brokers);
  if (tls) await requireSecure(brokers[0]!, tls); // it says what is wrong with TLS
  throw new TemperError('UNREACHABLE', {
    where: `TEMPER_KAFKA=${brokers.join(',')}`,
    expected: `a Kafka broker that answers ${tls ? 'by TLS' : 'without TLS'}, ${sasl ? `by SASL ${sasl.mechanism}` : 'without a password'}`,
    got: `from each of them ${SILENT}, or no connection`,
    next: 'Start the cluster or correct addresses, TEMPER_KAFKA_TLS and TEMPER_KAFKA_SASL; unset TEMPER_KAFKA to use a broker of its own',
  });
}

/** The jars of the broker, installed where there are none. */
export async function findKafka(context: Context): Promise<string> {
  const onPath = await kafkaOnPath();
  if (onPath) return onPath;
  const directory = await install(context, {
    id: KAFKA_PACKAGE,
    what: `Kafka ${VERSION} from Maven Central (91 MB on disk)`,
    async fill(draft) {
      await requireTool('maven', 'the installation of Kafka');
      await writeFile(path.join(draft, 'pom.xml'), POM);
      await runStep(context, draft, 'mvn', [
        '--batch-mode',
        '--quiet',
        'dependency:copy-dependencies',
        '-DincludeScope=runtime',
        '-DoutputDirectory=lib',
      ]);
    },
  });
  return path.join(directory, 'lib');
}

/** Gives the storage its cluster id, once. The stamp comes last, so that a format that was cut short is repeated. */
async function format(context: Context, home: string): Promise<void> {
  const stamp = path.join(context.directory, 'formatted');
  if (existsSync(stamp)) return;
  await mkdir(context.directory, { recursive: true });
  // 'T' in front: an id that begins with a dash would be read as an option.
  const clusterId = keepOnce(path.join(context.directory, 'cluster-id'), () =>
    `T${randomBytes(16).toString('base64url')}`.slice(0, 22),
  );
  const properties = 'server.properties';
  await writeFile(path.join(context.directory, properties), serverProperties('127.0.0.1:9092', '127.0.0.1:9093'));
  await runStep(context, context.directory, 'java', [
    ...javaOptions(home),
    'kafka.tools.StorageTool',
    ...['format', '--cluster-id', clusterId, '--config', properties, '--ignore-formatted'],
  ]);
  await writeFile(stamp, clusterId);
}

/**
 * An archive of the classes that the broker loads, made once by a broker on an empty directory: with it the broker
 * is ready in less than half of the time. The Java that reads it checks that it fits, and does without if not.
 */
async function archiveClasses(context: Context, home: string): Promise<string | undefined> {
  const directory = installed(context.config.cacheDir, KAFKA_PACKAGE);
  if (!directory || !home.startsWith(directory)) return undefined;
  const archive = path.join(directory, 'kafka.jsa');
  if (existsSync(archive)) return archive;

  const draft = path.join(directory, `archiving.${process.pid}`);
  const rehearsal = { ...context, directory: draft, logFile: path.join(draft, 'log.txt'), progress: () => {} };
  context.progress('kafka: archiving its classes for faster starts, once');
  try {
    await format(rehearsal, home);
    const { running } = await runBroker(rehearsal, home, ['-XX:ArchiveClassesAtExit=kafka.jsa']);
    await running.stop();
    await rename(path.join(draft, 'kafka.jsa'), archive);
    return archive;
  } catch (error) {
    context.signal.throwIfAborted();
    context.progress(`kafka: no archive (${error instanceof Error ? error.message : String(error)}); it starts slower`);
    return undefined;
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function runBroker(
  context: Context,
  home: string,
  options: string[],
  advertised?: string,
): Promise<{ running: Running; broker: string }> {
  const [broker, controller] = [await loopback(), await loopback()];
  await writeFile(path.join(context.directory, 'server.properties'), serverProperties(broker, controller, advertised));
  const running = await startProgram(
    context,
    {
      command: 'java',
      args: [...options, ...javaOptions(home), 'kafka.Kafka', 'server.properties'],
      endsBy: 'SIGTERM',
    },
    async () => (await speaksKafka(broker)) && (await coordinatesGroups(broker)),
  );
  return { running, broker };
}

async function loopback(): Promise<string> {
  return `127.0.0.1:${await getPort({ host: '127.0.0.1', reserve: true })}`;
}

export function javaOptions(home: string): string[] {
  return [
    ...['-Xms64m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xlog:cds=off'],
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    '-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS',
    ...['-cp', path.join(home, '*')],
  ];
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>temper</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>${VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
`;
