import { expect, it } from 'vitest';
import { onceThereIsEnough, orTold } from '../../../cli/start/story.ts';
import { TemperError } from '../../../schemas/errors.ts';

const tooLittle = () => new TemperError('DATA_INSUFFICIENT', { expected: 'at least 200 lists', got: '0 lists' });

/** Something that fails with these, one after the other, and then succeeds. */
function failing(errors: Error[]) {
  let calls = 0;
  const attempt = async () => {
    const error = errors[calls++];
    if (error) throw error;
    return 'a model';
  };
  return { attempt, calls: () => calls };
}

it('where what was collected is of an old layout of features, what comes next is learned from', async () => {
  const first = failing([tooLittle()]);
  expect(await onceThereIsEnough(first.attempt)).toBe('a model');
  expect(first.calls()).toBe(2);
});

it('who never gets enough ends, and so does what fails otherwise, at once', async () => {
  const poor = failing([tooLittle(), tooLittle(), tooLittle(), tooLittle()]);
  await expect(onceThereIsEnough(poor.attempt, 3)).rejects.toThrow('DATA_INSUFFICIENT');
  expect(poor.calls()).toBe(3);
  const broken = failing([new TemperError('JOB_CRASHED', { where: 'training' })]);
  await expect(onceThereIsEnough(broken.attempt)).rejects.toThrow('JOB_CRASHED');
  expect(broken.calls()).toBe(1);
});

it('a scorer that is late with the promoted model closes no shop, and who asks to stop is heard', async () => {
  const said: string[] = [];
  const stopping = new AbortController();
  const stage = { signal: stopping.signal, say: (words: string) => said.push(words) };
  const late = async () => {
    throw new TemperError('TIMED_OUT', { expected: 'the scorer to serve home-1 within 10000 ms', got: 'none' });
  };
  await orTold(stage, late);
  expect(said).toEqual([expect.stringContaining('the scorer to serve home-1')]);
  stopping.abort();
  await expect(orTold(stage, late)).rejects.toThrow(/abort/i);
  expect(said).toHaveLength(1);
});
