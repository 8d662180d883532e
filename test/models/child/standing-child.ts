import { serveParent } from '../../../models/child/serve.ts';
import { TemperError } from '../../../schemas/errors.ts';

/** Adds what it was set up with to each number; refuses one below 0, and dies of 0. */
serveParent<{ add: number }, { pid: number }, Float32Array, Float32Array>(async ({ add }) => {
  if (!Number.isFinite(add)) throw new TemperError('INPUT_INVALID', { expected: 'a number', got: `${add}` });
  return {
    opened: { pid: process.pid },
    async answer(numbers) {
      if (numbers.includes(0)) process.kill(process.pid, 'SIGKILL');
      if (numbers.some(number => number < 0)) throw new TemperError('INPUT_INVALID', { got: 'a number below 0' });
      return numbers.map(number => number + add);
    },
  };
});
