import { setTimeout as sleep } from 'node:timers/promises';
import { TemperError } from '../schemas/errors.ts';

const SURELY = { attempts: 4, pause_ms: 300 };

/**
 * Work whose outcome is unknown is done again: it looks whether it was done, or may be done twice. Where that fails too, the
 * error is the caller's.
 *
 * @param work is told which attempt it is, from 1
 * @param between called before each further attempt
 */
export async function surely<T>(
  work: (attempt: number) => Promise<T>,
  between: () => Promise<void> = async () => {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!(error instanceof TemperError && error.retryable) || attempt === SURELY.attempts) throw error;
      await sleep(SURELY.pause_ms * attempt);
      await between();
    }
  }
}
