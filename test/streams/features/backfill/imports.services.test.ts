import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openStore, type Store } from '../../../../schemas/clickhouse.ts';
import type { ShopEvent } from '../../../../schemas/topics/events.ts';
import { archivedEvents, archivedValues } from '../../../../streams/features/backfill/archive.ts';
import { agreementWithSql } from '../../../../streams/features/backfill/compare.ts';
import { importedEvents, importsOf } from '../../../../streams/features/backfill/imports.ts';
import { ItemRebuild, UserRebuild } from '../../../../streams/features/backfill/rebuild.ts';
import { ITEMS, USERS } from '../../../../streams/features/log/entities.ts';
import { partitionOf } from '../../../../streams/kafka/sending/partitioner.ts';
import { ARCHIVES } from '../../../../streams/sinks/rows.ts';
import { testConfig } from '../../../job-process.ts';
import { someEvents } from '../../../models/features/events.ts';
import fc from '../../../properties.ts';

const PARTITIONS = 3;
const FILES = ['import.a', 'import.b'];

const config = testConfig(inject('endpoints'), 'temper_backfill_imports');
let store: Store;
beforeAll(async () => {
  store = await openStore(config.clickhouse!, config.clickhouseDatabase);
});
afterAll(async () => {
  await store?.command(`DROP DATABASE ${config.clickhouseDatabase}`);
  await store?.stop();
});

const { rows } = ARCHIVES['shop.events'] as { rows(record: object): object[] };
const placed = (event: ShopEvent, topic: string, partition: number, offset: number) =>
  rows(event).map(row => ({ ...row, topic, partition, offset, recorded: event.at_ms }));

/** Two archives, which share some events, and what has come since; of that some is in the archives too. */
async function archive(events: readonly ShopEvent[]) {
  const third = Math.floor(events.length / 3);
  const files = [events.slice(0, 2 * third), events.slice(third, 2 * third + 5)];
  const came = [...events.slice(2 * third), ...events.slice(0, 3)];
  const next = Array.from({ length: PARTITIONS }, () => 0);
  await store.command('TRUNCATE TABLE events');
  await store.insert('events', [
    ...came.flatMap(event => {
      const partition = partitionOf(event.user, PARTITIONS);
      return placed(event, 'shop.events', partition, next[partition]!++);
    }),
    ...files.flatMap((file, n) => file.toReversed().flatMap((event, row) => placed(event, FILES[n]!, 0, row))),
  ]);
  const ofFiles = new Set(events.slice(0, 2 * third + 5).map(({ id }) => id));
  for (const { id } of came) ofFiles.delete(id);
  return { next, imported: events.filter(({ id }) => ofFiles.has(id)) };
}

async function all<T>(stretches: AsyncGenerator<T[]>): Promise<T[]> {
  const every: T[] = [];
  for await (const some of stretches) every.push(...some);
  return every;
}

describe('imports in a backfill', () => {
  it('come before what a partition has, each event once, and make what the declared SQL makes', async () => {
    const drawn = fc
      .sample(someEvents, { numRuns: 40, seed: 6 })
      .flatMap((events, n) =>
        events.map(event => ({ ...event, id: `${n}/${event.id}`, user: `${n % 8}${event.user}` }) as ShopEvent),
      );
    const moments = new Set<number>();
    const events = drawn
      .filter(({ at_ms }) => !moments.has(at_ms) && moments.add(at_ms))
      .sort((a, b) => a.at_ms - b.at_ms);
    const { next, imported } = await archive(events);
    const position = {
      until: next.map((to, source): [number, number] => [source, to]),
      ...{ users: [], items: [], imports: FILES, generation: 1 },
    };
    const items = next.map(() => new ItemRebuild(ITEMS, 100));
    const users = next.map((_, source) => new UserRebuild({ users: USERS, items: ITEMS }, PARTITIONS, source, 100));
    for (const [partition, rebuild] of users.entries()) {
      const taken = await all(importedEvents(store, { partition, position }, PARTITIONS));
      const own = imported.filter(({ user }) => partitionOf(user, PARTITIONS) === partition);
      expect(taken.map(({ event }) => event.id)).toEqual(own.map(({ id }) => id));
      for (const delta of rebuild.takeImported(taken)) items[delta.partition]!.takeImported(delta);
    }
    for (const [partition, rebuild] of users.entries()) {
      for await (const { events, to } of archivedEvents(store, partition, next[partition]!)) {
        for (const delta of rebuild.take(events, to)) items[delta.partition]!.take(delta);
      }
    }
    for (const [entity, replicas, of] of [
      ['user', users, USERS],
      ['item', items, ITEMS],
    ] as const) {
      let values = 0;
      for (const [partition, { replica }] of replicas.entries()) {
        const archived = await archivedValues(
          store,
          { entity, partition, position },
          { keys: 50, partitions: PARTITIONS },
        );
        const { compared, different, example } = agreementWithSql(of.format.reducer, replica, archived);
        expect({ different, example }).toEqual({ different: 0, example: null });
        values += compared;
      }
      expect(values).toBeGreaterThan(100);
    }
  });

  it('are those that are whole, and of some features those that are served', async () => {
    expect(await importsOf(store, [])).toEqual([]);
    const noted = (work: string, done: boolean) => ({ work, step: 1, state: JSON.stringify({ done, events: 9 }) });
    await store.insert('imports', [noted('import.a', true), noted('import.b', false), noted('examples.c', true)]);
    expect(await importsOf(store, [])).toEqual(['import.a']);
    expect(await importsOf(store, ['user.clicks.1d'])).toEqual([]);
    await store.insert('rebuilds', [{ generation: 1, began: 0, at: 0, imports: ['import.a'] }]);
    await store.insert('imports', [{ ...noted('import.b', true), step: 2 }]);
    expect(await importsOf(store, [])).toEqual(FILES);
    expect(await importsOf(store, ['user.clicks.1d'])).toEqual(['import.a']);
  });
});
