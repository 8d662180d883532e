import { TemperError } from '../../schemas/errors.ts';
import type { Failure, Report } from './parent.ts';

export interface WorkHooks<Progress> {
  onProgress(progress: Progress): void;
  signal: AbortSignal;
}

/**
 * The whole of a child that `runInChild` starts: does the work that the parent asks for, once, and ends. It is told to
 * stop by SIGTERM, and ends with its parent.
 */
export function answerParent<Request, Progress, Result>(
  work: (request: Request, hooks: WorkHooks<Progress>) => Promise<Result>,
): void {
  const stop = new AbortController();
  const send = (report: Report<Progress, Result>, then: () => void = () => {}) => process.send?.(report, then);
  process.once('SIGTERM', () => stop.abort(new Error('it was cancelled')));
  // Nobody is left who could want the result. Checkpoints remain.
  process.once('disconnect', () => process.exit(1));
  const answer = async (request: Request) => {
    const report = await work(request, {
      onProgress: progress => send({ type: 'progress', progress }),
      signal: stop.signal,
    }).then(
      (result): Report<Progress, Result> => ({ type: 'done', result }),
      (error: unknown): Report<Progress, Result> => failure(error),
    );
    send(report, () => process.exit(report.type === 'done' ? 0 : 1));
  };
  process.once('message', (request: Request) => {
    void answer(request);
  });
}

/** An error as a message can carry it: of its cause the sentence is kept, which the parent's error then contains. */
export function failure(error: unknown): Failure {
  if (!(error instanceof TemperError)) return { type: 'crashed', message: String((error as Error)?.stack ?? error) };
  const { cause, ...detail } = error.detail;
  const got = [detail.got, cause instanceof Error ? `(because ${cause.message})` : undefined].filter(Boolean).join(' ');
  return { type: 'failed', code: error.code, detail: { ...detail, got } };
}
