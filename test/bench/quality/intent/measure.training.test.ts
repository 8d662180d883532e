import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { measureIntents } from '../../../../bench/quality/intent/measure.ts';
import { type Encoder, readEncoder } from '../../../../models/encoders/encoder.ts';
import { writeTinyEncoder } from '../../../models/encoders/tiny-encoder.ts';

let directory: string;
let encoder: Encoder;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-intents-measured-'));
  encoder = await readEncoder(await writeTinyEncoder(path.join(directory, 'tiny'), 1));
});
afterAll(() => rm(directory, { recursive: true }));

const questions = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    n % 2 === 0 ? { text: 'red cup', intent: 'a' } : { text: 'blue pot', intent: 'b' },
  );
const run = {
  readEncoders: async () => ({ tuned: encoder, frozen: encoder }),
  ...{ train: questions(40), readTest: async () => questions(300), seeds: 1 },
};

describe('what intents are told', () => {
  it('is measured over all of the test part, with words alone beside it', async () => {
    const result = await measureIntents({ ...run, minutes: 5 }, () => {});
    expect(result).toMatchObject({ train: 40, test: 300, intents: 2, unknown: 0, accuracy: 1, controls: { words: 1 } });
  });

  it('is given up when the minutes are over, before the test part is read, whatever it is busy with', async () => {
    const readTest = vi.fn(run.readTest);
    const slow = (signal: AbortSignal) => sleep(60_000, { tuned: encoder, frozen: encoder }, { signal });
    const fetching = measureIntents({ ...run, readTest, readEncoders: slow, minutes: 0.00011 }, () => {});
    await expect(fetching).rejects.toThrow(/TIMED_OUT.*fetching encoders.*0\.00011 minutes/);
    const late = measureIntents({ ...run, readTest, train: questions(4_000), minutes: 0.00011 }, () => {});
    await expect(late).rejects.toThrow(/TIMED_OUT.*training with seed 1/);
    expect(readTest).not.toHaveBeenCalled();
  });

  it('is given up while the test part is classified, too', async () => {
    const readTest = () => sleep(2_000, questions(300));
    await expect(measureIntents({ ...run, readTest, minutes: 2 / 60 }, () => {})).rejects.toThrow('TIMED_OUT');
  });
});
