import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, it } from 'vitest';
import type { History } from './history-file.ts';
import { FILES, openReplay, read, TAMPERED } from './tampered.ts';

let replay: (history: History) => Promise<void>;
beforeAll(async () => {
  replay = await openReplay();
}, 180_000);

describe('histories of former runs', () => {
  it('are there', () => {
    expect(FILES).toEqual(
      expect.arrayContaining([
        'backfill-v1.json',
        'canary-v2-promoted.json',
        'check-features-v1.json',
        'erase-v1.json',
        'learn-searches-v1.json',
        'retain-v1.json',
        'retrain-v1-promoted.json',
        'retrain-v1-refused.json',
        'retrain-v2-trial.json',
        'rollback-v2.json',
        'watch-v1-retrain.json',
        'watch-v1-rollback.json',
      ]),
    );
  });

  it.each(FILES)("%s goes through today's code", async name => {
    await expect(replay(await read(name))).resolves.toBeUndefined();
  });

  it.each(TAMPERED)('$what is refused', async ({ history }) => {
    await expect(replay(await history())).rejects.toThrow(DeterminismViolationError);
  });

  it('a canary that looked at other times goes on', async () => {
    const history = await read('canary-v2-promoted.json');
    const timers = history.events!.flatMap(({ timerStartedEventAttributes: timer }) => timer ?? []);
    expect(timers.length).toBeGreaterThan(2);
    for (const timer of timers) timer.startToFireTimeout = { seconds: 60, nanos: 0 } as never;
    await expect(replay(history)).resolves.toBeUndefined();
  });
});
