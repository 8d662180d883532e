import { describe, expect, it } from 'vitest';
import { inWords, opened, telling } from '../../../cli/privacy/erase.ts';
import type { TemporalClient } from '../../../workflows/clients/client.ts';
import type { EraseStatus } from '../../../workflows/clients/erasure.ts';
import { MemoryStore } from '../../activities/memory-ports.ts';

const ERASURE = 'e'.repeat(32);

class Store extends MemoryStore {
  readonly commands: string[] = [];
  override async command(sql?: string): Promise<void> {
    this.commands.push(sql!);
  }
}

const failing = (store: Store) =>
  opened(store, ERASURE, ['anna', 'k1.hash'], async () => {
    throw new Error('Temporal is away');
  });

describe('who is to be erased', () => {
  it('is noted under all names before anything starts', async () => {
    const store = new Store({ erasures_open: [{ n: '0' }] });
    expect(await opened(store, ERASURE, ['anna', 'k1.hash'], async () => store.rows.erasures_open?.length)).toBe(2);
    expect(store.commands).toEqual([]);
  });

  it('is forgotten again where nothing could be started', async () => {
    const store = new Store({ erasures_open: [{ n: '0' }] });
    await expect(failing(store)).rejects.toThrow('Temporal is away');
    expect(store.commands).toEqual([`ALTER TABLE erasures_open DELETE WHERE erasure = '${ERASURE}'`]);
  });

  it('stays where somebody had asked before, for that one needs it', async () => {
    const store = new Store({ erasures_open: [{ n: '1' }] });
    await expect(failing(store)).rejects.toThrow('Temporal is away');
    expect(store.commands).toEqual([]);
  });
});

describe('an erasure that has ended', () => {
  const deeds = { rows: { events: 4 }, records: {}, snapshots: [], models: [] };
  const ended: EraseStatus = {
    state: 'erased',
    step: 'done',
    asked: 1,
    until_ms: 1,
    left: [],
    deeds,
    rebuilt: false,
    retrained: null,
  };

  it('says how sums forget what they count, unless they do so already or never counted anything', () => {
    expect(inWords(ended)).toMatch(/still count it.*temper backfill --all/);
    expect(inWords({ ...ended, rebuilt: true })).toMatch(/made anew without it.*temper backfill --status/);
    expect(inWords({ ...ended, deeds: { ...deeds, rows: {} } })).not.toContain('sums');
  });

  it('says of whom a model is trained anew, and where one was under way', () => {
    const retrained = [
      { surface: 'home', started: true },
      { surface: 'search', started: false },
    ] as const;
    const words = inWords({ ...ended, retrained: [...retrained] });
    expect(words).toMatch(/^home is trained anew/m);
    expect(words).toMatch(/^search is retrained already.*temper retrain --surface search/m);
  });
});

it('an erasure that failed says of what, and nobody waits for it', async () => {
  const status = { state: 'running', step: 'logs', asked: 1, left: [] };
  const handle = {
    describe: async () => ({ memo: { status }, status: { name: 'FAILED' } }),
    result: async () => {
      throw new Error('a cut is forbidden');
    },
  };
  const client = { temporal: { workflow: { getHandle: () => handle } } } as unknown as TemporalClient;
  await expect(telling(client, ERASURE, 0)).rejects.toThrow('a cut is forbidden');
});
