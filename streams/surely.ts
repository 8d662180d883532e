import { setTimeout as sleep } from 'node:timers/promises';
import { TemperError } from '../schemas/errors.ts';

const SURELY = { attempts: 4, pause_ms: 300 };

/**
 * Work whose outcome is unknown is done again: it looks whether it was done, or may be done twice. Where that fails too, the
 * error is the caller's.
 *
 * @param between called before each further attempt
 */
export async function surely<T>(work: () => Promise<T>, between: () => Promise<void> = async () => {}): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof TemperError && error.retryable) || attempt === SURELY.attempts) throw error;
      await sleep(SURELY.pause_ms * attempt);
      await between();
    }
  }
}
