import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import * as workflows from '../../workflows/index.ts';
import { waysInCode } from './patches.ts';
import { FILES, openReplay, read, TAMPERED } from './tampered.ts';

/** Runs of before a patch, or behind it, of which there is no history, each with why not. Empty is best. */
const MISSING: Record<string, string> = {};

let replay: Awaited<ReturnType<typeof openReplay>>;
const met = new Set<string>();
beforeAll(async () => {
  replay = await openReplay();
}, 180_000);

describe('histories of former runs', () => {
  it.each(FILES)("%s goes through today's code", async name => {
    for (const way of await replay(await read(name))) met.add(way);
  });

  it('are there of each workflow, and of none that is gone', async () => {
    const types = await Promise.all(
      FILES.map(async name => (await read(name)).events![0]!.workflowExecutionStartedEventAttributes!.workflowType!.name),
    );
    expect([...new Set(types)].sort()).toEqual(Object.keys(workflows).sort());
  });

  it('went the old way and the new one at each patch', () => {
    const { ways, unnamed } = waysInCode();
    expect(unnamed).toEqual([]);
    expect(ways.length).toBeGreaterThan(0);
    expect(ways.filter(way => !met.has(way))).toEqual(Object.keys(MISSING).sort());
  });

  it.each(TAMPERED)('$what is refused', async ({ history }) => {
    await expect(replay(await history())).rejects.toThrow(DeterminismViolationError);
  });

  it('a canary that looked at other times goes on', async () => {
    const history = await read('canary-v2-promoted.json');
    const timers = history.events!.flatMap(({ timerStartedEventAttributes: timer }) => timer ?? []);
    expect(timers.length).toBeGreaterThan(2);
    for (const timer of timers) timer.startToFireTimeout = { seconds: 60, nanos: 0 } as never;
    await expect(replay(history)).resolves.toBeDefined();
  });
});
