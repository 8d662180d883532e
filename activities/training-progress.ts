import type { TrainProgress } from '../models/ranker/train.ts';
import type { Ports } from './ports.ts';

/** A training of minutes has some hundred points; a curve needs no more. */
const BETWEEN_MS = 1_000;

/**
 * Keeps what a training reports as rows of `training_progress`: at most one a second, and the last of each epoch. Training
 * waits for no row and fails by none.
 */
export function progressRecorder({ store, log }: Pick<Ports, 'store' | 'log'>, run: string) {
  let last: { at_ms: number; epoch: number } | undefined;
  let held: object | undefined;
  let writing = Promise.resolve();

  const write = (row: object) => {
    writing = writing
      .then(() => store.insert('training_progress', [row]))
      .catch(error => log.debug({ code: 'LOSS_POINT_LOST', err: error }, 'a point of a loss curve is lost'));
  };
  return {
    take(progress: Partial<TrainProgress>, at_ms: number): void {
      const { epoch, epochs, loss } = progress;
      if (epoch === undefined || epochs === undefined) return;
      const { validation_loss = null } = progress as { validation_loss?: number | null };
      const row = { run, at: at_ms, epoch, epochs, loss: finite(loss), validation_loss: finite(validation_loss) };
      if (last && epoch === last.epoch && at_ms - last.at_ms < BETWEEN_MS) {
        held = row;
        return;
      }
      if (held && last && epoch !== last.epoch) write(held);
      held = undefined;
      last = { at_ms, epoch };
      write(row);
    },
    async end(): Promise<void> {
      if (held) write(held);
      held = undefined;
      await writing;
    },
  };
}

function finite(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
