/** Where a running Temper can be reached: from the configuration, or from the note that the one on this data directory left. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { openStore, type Store } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import { createLog, type Log } from '../../schemas/log.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Endpoints } from '../../services/index.ts';
import { birthOf, runs } from '../../services/process/birth.ts';
import { holderOf } from '../../services/process/lock.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { connect } from '../../streams/kafka/connect.ts';
import type { Operator } from '../../streams/kafka/operator.ts';

const Note = z.object({
  pid: z.number(),
  /** When the process began: a pid alone may by now be another's. */
  birth: z.string(),
  kafka: z.array(z.string()),
  temporal: z.string(),
  temporalUi: z.string().optional(),
  clickhouse: z.string(),
});

const noteFile = (config: Config) => path.join(config.dataDir, 'running.json');

export async function leaveNote(config: Config, endpoints: Endpoints): Promise<void> {
  const file = noteFile(config);
  await writeFile(`${file}.new`, JSON.stringify({ pid: process.pid, birth: birthOf(process.pid), ...endpoints }), {
    mode: 0o600,
  });
  await rename(`${file}.new`, file);
}

export async function removeNote(config: Config): Promise<void> {
  await rm(noteFile(config), { force: true });
}

/** The running Temper of this data directory, or undefined. */
export async function readNote(config: Config): Promise<z.infer<typeof Note> | undefined> {
  let text: string;
  try {
    text = await readFile(noteFile(config), 'utf8');
  } catch {
    return undefined;
  }
  const note = Note.safeParse(JSON.parse(text));
  return note.success && runs(note.data) ? note.data : undefined;
}

export async function findEndpoints(config: Config): Promise<Endpoints> {
  const note = await readNote(config);
  const kafka = config.kafka ?? note?.kafka;
  const temporal = config.temporal ?? note?.temporal;
  const clickhouse = config.clickhouse ?? note?.clickhouse;
  if (!kafka || !temporal || !clickhouse) {
    const holder = holderOf(config.dataDir);
    if (holder !== undefined && holder !== process.pid) {
      const next = `Process ${holder} is starting or stopping it: wait until it is ready`;
      throw new TemperError('UNREACHABLE', { where: config.dataDir, expected: 'a running Temper', next });
    }
    throw new TemperError('UNREACHABLE', {
      where: config.dataDir,
      expected: 'a running Temper on this data directory, or TEMPER_KAFKA, TEMPER_TEMPORAL and TEMPER_CLICKHOUSE',
      next: 'Start one with `temper up`',
    });
  }
  return { kafka, temporal, temporalUi: config.temporalUi ?? note?.temporalUi, clickhouse };
}

export interface Client {
  config: Config;
  endpoints: Endpoints;
  bus: Bus & { operator: Operator };
  store(): Promise<Store>;
  log: Log;
}

/** Runs a command against the running Temper, and closes what it opened. */
export async function withClient<T>(config: Config, work: (client: Client) => Promise<T>): Promise<T> {
  const endpoints = await findEndpoints(config);
  const log = createLog('temper', config.log === 'info' ? 'warn' : config.log);
  const bus = connect({ brokers: endpoints.kafka, access: config.kafkaAccess, name: `temper-cli-${process.pid}`, log });
  let store: Promise<Store> | undefined;
  try {
    return await work({
      config,
      endpoints,
      bus,
      log,
      store() {
        store ??= openStore(endpoints.clickhouse, config.clickhouseDatabase, config.clickhouseTls);
        return store;
      },
    });
  } finally {
    await (await store)?.stop();
    await bus.stop();
  }
}
