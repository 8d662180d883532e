import { expect, it } from 'vitest';
import { decideAndNote } from '../../../console/server/decide.ts';
import type { RowStore } from '../../../schemas/clickhouse.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { createLog } from '../../../schemas/log.ts';
import type { TemporalClient } from '../../../workflows/clients/client.ts';
import { temporalThat } from '../../workflows/clients/temporal-that.ts';

const CHAMPION = 'home-7fd2a41c90';
const ASKED = { surface: 'home', verb: 'rollback', model: CHAMPION, by: 'anna', reason: 'empty lists' } as const;
const SESSION = { role: 'operator', id: 's-1', until_ms: 1 } as const;
const DOWN = new TemperError('UNREACHABLE', { where: 'ClickHouse' });
const log = createLog('test', 'silent');

/** Temporal as it is when it is gone; it counts what was asked of it. */
function gone() {
  let times = 0;
  const { client } = temporalThat({
    describe: () => {
      times++;
      throw new Error('no connection');
    },
  });
  return { client, times: () => times };
}

/** A table that takes what it takes, as `refuses` says of an outcome and of how often it came. */
function table(refuses: (outcome: string, times: number) => boolean = () => false) {
  const rows: Record<string, unknown>[] = [];
  const tried: string[] = [];
  const insert: RowStore['insert'] = async (table, [row]) => {
    expect(table).toBe('console_deeds');
    const { outcome } = row as { outcome: string };
    tried.push(outcome);
    if (refuses(outcome, tried.filter(each => each === outcome).length)) throw DOWN;
    rows.push(row as Record<string, unknown>);
  };
  const outcomes = () => rows.map(({ outcome }) => outcome);
  return { store: { insert } as RowStore, rows, tried, outcomes };
}

const decided = (store: RowStore, temporal: TemporalClient, more: { to?: string } = {}) =>
  decideAndNote({ store, temporal, log, pauses_ms: [1, 2] }, { ...ASKED, ...more }, SESSION);

it('nothing is done that can’t be written down first', async () => {
  const { client, times } = gone();
  await expect(decided(table(() => true).store, client)).rejects.toThrow(DOWN);
  expect(times()).toBe(0);
});

it('what fails is written down too, by the session that asked for it', async () => {
  const { store, rows, outcomes } = table();
  const { client, times } = gone();
  await expect(decided(store, client, { to: 'home-2b91c06d1e' })).rejects.toThrow('no connection');
  expect(times()).toBe(1);
  expect(outcomes()).toEqual(['asked', 'failed']);
  expect(rows[1]).toMatchObject({
    ...{ session: 's-1', role: 'operator', deed: 'rollback', model: CHAMPION, by: 'anna', reason: 'empty lists' },
  });
  expect(rows[0]).toMatchObject({ id: rows[1]!.id, detail: 'home-2b91c06d1e is to serve' });
});

it('a deed that is done is told so, also where that can’t be written down; it never stands there as failed', async () => {
  const result = { from: CHAMPION, to: 'home-2b91c06d1e' };
  const { client, executed } = temporalThat({ execute: () => result });
  const { store, outcomes } = table(outcome => outcome !== 'asked');
  expect(await decided(store, client)).toBe('home: home-2b91c06d1e serves again in place of home-7fd2a41c90');
  expect([executed.length, outcomes()]).toEqual([1, ['asked']]);
});

it('what came of a deed is written down again where it could not be at first', async () => {
  const { client } = temporalThat({ execute: () => ({ from: CHAMPION, to: 'home-2b91c06d1e' }) });
  const { store, outcomes, tried } = table((outcome, times) => outcome === 'done' && times === 1);
  await decided(store, client);
  expect(outcomes()).toEqual(['asked', 'done']);
  expect(tried).toEqual(['asked', 'done', 'done']);
});

it('a failure that can’t be written down is told as it is', async () => {
  const { store } = table(outcome => outcome !== 'asked');
  await expect(decided(store, gone().client)).rejects.toThrow('no connection');
});

it('the page’s champion goes along, and where another one serves by now the deed is refused', async () => {
  const { client, executed } = temporalThat({
    execute: () => {
      throw new TemperError('MODEL_REFUSED', { expected: CHAMPION, got: 'home-2b91c06d1e' });
    },
  });
  const { store, outcomes } = table();
  await expect(decided(store, client)).rejects.toThrow(/MODEL_REFUSED/);
  expect(executed[0]!.args[0]).toMatchObject({ champion: CHAMPION });
  expect(outcomes()).toEqual(['asked', 'refused']);
});
