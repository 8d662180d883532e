import { afterEach, expect, it } from 'vitest';
import { ensureChampion } from '../../../activities/ensure-champion.ts';
import { lookAtChampion } from '../../../activities/watch/look.ts';
import { memoryPorts } from '../ports.ts';

const AT_MS = 1_700_000_000_000;

let clear: () => Promise<void>;
afterEach(() => clear?.());

it('a look is at whom the registry says, whatever somebody has put on the topic', async () => {
  const room = await memoryPorts();
  const { ports } = room;
  ({ clear } = room);
  const champion = await ensureChampion(ports, { surface: 'home', workflow: 'w0', at_ms: AT_MS });
  await ports.champions.promote({ ...champion, model: 'home-0f0f0f0f0f', manifest: 'f'.repeat(64) });
  const asked = { surface: 'home', at_ms: AT_MS + 60_000, workflow: 'w/r', isDry: true } as const;
  expect(await lookAtChampion(ports, asked)).toMatchObject({ model: champion.model, promoted_ms: AT_MS, act: 'none' });
});

it('a look is told to those who watch the worker, with what is to follow; one that only wants to see is not', async () => {
  const room = await memoryPorts();
  ({ clear } = room);
  const told: unknown[] = [];
  const ports = { ...room.ports, looked: (...look: unknown[]) => void told.push(look) };
  const asked = { surface: 'home', at_ms: AT_MS + 60_000, workflow: 'w/r', isDry: false } as const;
  await lookAtChampion(ports, asked); // nobody serves: it is a look all the same
  await ensureChampion(ports, { surface: 'home', workflow: 'w0', at_ms: AT_MS });
  await lookAtChampion(ports, { ...asked, isDry: true });
  const look = await lookAtChampion(ports, { ...asked, at_ms: AT_MS + 120_000 });
  expect(told).toEqual([
    ['home', AT_MS + 60_000, 'none'],
    ['home', AT_MS + 120_000, look!.act],
  ]);
});
