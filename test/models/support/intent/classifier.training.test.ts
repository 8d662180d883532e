import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Encoder, readEncoder } from '../../../../models/encoders/encoder.ts';
import { openTextEncoder } from '../../../../models/encoders/text.ts';
import { random } from '../../../../models/random.ts';
import {
  openByVector,
  readByVector,
  removeByVector,
  trainByVector,
  writeByVector,
} from '../../../../models/support/intent/by-vector.ts';
import {
  mostProbable,
  openIntents,
  readIntents,
  trainIntents,
  writeIntents,
} from '../../../../models/support/intent/classifier.ts';
import type { Question } from '../../../../models/support/intent/questions.ts';
import { WORDS, writeTinyEncoder } from '../../encoders/tiny-encoder.ts';

let directory: string;
let encoder: Encoder;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-intents-'));
  encoder = await readEncoder(await writeTinyEncoder(path.join(directory, 'tiny'), 1));
});
afterAll(() => rm(directory, { recursive: true }));

/** An intent is which of three words a question has, among two others. */
function made(seed: number, count: number): Question[] {
  const { below } = random(seed);
  return Array.from({ length: count }, () => {
    const intent = ['red', 'blue', 'green'][below(3)]!;
    const others = [WORDS[5 + below(10)]!, WORDS[5 + below(10)]!];
    return { intent, text: below(2) === 0 ? `${others[0]} ${intent} ${others[1]}` : `${intent} ${others.join(' ')}` };
  });
}

const OPTIONS = { seed: 1, epochs: 8, rate: 3e-3 };

describe('intents', () => {
  it('are learned from sorted questions, and are the same when they are read again', async () => {
    const trained = await trainIntents({ tuned: encoder, frozen: encoder }, made(1, 150), OPTIONS);
    const test = made(2, 60);
    const texts = test.map(({ text }) => text);
    const opened = await openIntents(trained);
    const found = await opened.classify(texts);
    await opened.release();
    const best = mostProbable(found, 3);
    const right = test.filter(({ intent }, row) => trained.names[best[row]!] === intent).length;
    expect(right / test.length).toBeGreaterThan(0.95);

    const place = path.join(directory, 'written');
    await writeIntents(place, trained);
    const again = await openIntents((await readIntents(place))!);
    expect(again.names).toEqual(['blue', 'green', 'red']);
    expect(await again.classify(texts)).toEqual(found);
    await again.release();
  });

  it('are told by vectors too, of the encoder that they were learned with and of no other', async () => {
    const opened = await openTextEncoder(encoder);
    const trained = await trainByVector({ ...opened, id: 'tiny@1' }, made(1, 150));
    const place = path.join(directory, 'by-vector');
    await writeByVector(place, trained);
    const again = await openByVector((await readByVector(place))!);
    const test = made(2, 60);
    const vectors = await opened.encode(
      test.map(({ text }) => text),
      'query',
    );
    let right = 0;
    for (const [row, { intent }] of test.entries()) {
      const vector = vectors.slice(row * opened.width, (row + 1) * opened.width);
      const found = (await again.classify({ encoder: 'tiny@1', vector }))!;
      right += Number(again.names[mostProbable(found, 3)[0]!] === intent);
    }
    expect(right / test.length).toBeGreaterThan(0.8);
    expect(await again.classify({ encoder: 'tiny@2', vector: vectors.slice(0, opened.width) })).toBeUndefined();
    await again.release();
    await opened.release();
    await removeByVector(place);
    expect(await readByVector(place)).toBeUndefined();
  });

  it('of the same questions and seed are the same', async () => {
    const probabilities = async () => {
      const opened = await openIntents(
        await trainIntents({ tuned: encoder, frozen: encoder }, made(1, 60), { ...OPTIONS, epochs: 2 }),
      );
      const found = await opened.classify(['red cup', 'pot', 'blue mug lid']);
      await opened.release();
      return found;
    };
    expect(await probabilities()).toEqual(await probabilities());
  });

  it('are none where nobody has trained them, and need more than one', async () => {
    expect(await readIntents(path.join(directory, 'nothing'))).toBeUndefined();
    const one = made(1, 20).map(question => ({ ...question, intent: 'all' }));
    await expect(trainIntents({ tuned: encoder, frozen: encoder }, one, OPTIONS)).rejects.toThrow(
      /DATA_INSUFFICIENT.*20 questions of 1/,
    );
  });
});
