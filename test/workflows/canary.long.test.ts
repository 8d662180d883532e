import { afterAll, beforeAll, expect, it } from 'vitest';
import { PAUSE } from '../../workflows/canary/looks.ts';
import { decide, trialStatus } from '../../workflows/clients/decisions.ts';
import { BY, client, closeCanaries, MINUTE_MS, openCanaries, run, STAGES } from './canary/run.ts';

beforeAll(openCanaries);
afterAll(closeCanaries);

it('a person can not pause a trial for ever', async () => {
  const { result, status, events, looks } = await run([{}], {
    stages: STAGES.slice(0, 1),
    meanwhile: async () => {
      await expect.poll(() => trialStatus(client(), 'home')).toMatchObject({ stage: 'shadow' });
      await decide(client(), 'home', 'pause', BY);
    },
  });
  const reason = expect.stringMatching(/^it was paused for 3 days in all/);
  expect(result).toMatchObject({ outcome: 'stopped', by: null, reason });
  expect(status.past[0]!.took_ms).toBeLessThan(PAUSE.most_ms + 20 * MINUTE_MS);
  expect(events / looks).toBeLessThan(13.2); // what test/workflows/canary/looks.test.ts reckons with
});
