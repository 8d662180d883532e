import { expect, it } from 'vitest';
import { onceThereIsEnough } from '../../../cli/start/story.ts';
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
