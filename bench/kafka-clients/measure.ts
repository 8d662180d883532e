import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import type { Config } from '../../schemas/settings/config.ts';
import type { Embedded } from '../embedded.ts';
import { fillEvents } from '../features/fill.ts';
import { askedOf } from '../features/measured.ts';
import { inTurns, ratiosOf, type Spread, spreadOf } from '../rounds.ts';
import type { Client } from './clients.ts';
import type { WantedParse } from './parse.process.ts';

export interface ClientFigures {
  client: string;
  /** The one that was installed for it; null: that of package.json. */
  version: string | null;
  events_per_cpu_second: Spread;
  /** Over kafkajs as it is published, within a round. */
  over_kafkajs: Spread;
}

const TOPIC = 'shop.events';
const USERS = 20_000;
const ITEMS = 5_000;

/** Seconds of CPU of a process, with the flags of the feature job's, for reading a topic and parsing it. */
export async function cpuOfParsing(config: Config, wanted: WantedParse): Promise<number> {
  return askedOf(new URL('parse.process.ts', import.meta.url), config, wanted);
}

/**
 * The same events of the same broker, read and parsed by each client, in turns, each time in a process of its own.
 *
 * @param platformatic the version of @platformatic/kafka that is installed for this and removed again, if one is
 */
export async function benchClients(
  { bus, config }: Embedded,
  { events, rounds, platformatic }: { events: number; rounds: number; platformatic?: string | undefined },
): Promise<ClientFigures[]> {
  const directory = platformatic === undefined ? undefined : await installApart('@platformatic/kafka', platformatic);
  try {
    await fillEvents(bus, { events, users: USERS, items: ITEMS });
    const clients: Client[] = [
      'kafkajs',
      'kafkajs with our parts',
      ...(directory ? (['@platformatic/kafka'] as const) : []),
    ];
    const rates = await inTurns(clients, rounds, async client => {
      const wanted = { topic: TOPIC, events, client, ...(directory && { directory }) };
      return events / (await cpuOfParsing(config, wanted));
    });
    return clients.map(client => ({
      client,
      version: client === '@platformatic/kafka' ? platformatic! : null,
      events_per_cpu_second: spreadOf(rates[client]),
      over_kafkajs: spreadOf(ratiosOf(rates[client], rates.kafkajs), 3),
    }));
  } finally {
    if (directory) await rm(directory, { recursive: true, force: true });
  }
}

/** A package in a temporary directory, without what it would run at its installation. */
async function installApart(name: string, version: string): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'temper-bench-client-'));
  await writeFile(path.join(directory, 'package.json'), '{"private":true}');
  const how = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await execa('npm', ['install', ...how, `${name}@${version}`], { cwd: directory, stdin: 'ignore' });
  return directory;
}
