import { failure } from './answer.ts';
import type { Asked, Reply } from './standing.ts';

/**
 * The whole of a child that `startChild` starts: opens what it needs, then answers one question after the other, until
 * its parent stops it or is gone.
 *
 * @param open makes of the setup what the parent is told of it, and what answers
 */
export function serveParent<Setup, Opened, Question, Answer>(
  open: (setup: Setup) => Promise<{ opened: Opened; answer(question: Question): Promise<Answer> }>,
): void {
  const reply = async (id: number, work: Promise<unknown>) => {
    const report = await work.then(
      result => ({ type: 'done', result }) as const,
      (error: unknown) => failure(error),
    );
    process.send?.({ id, report } satisfies Reply);
  };
  process.once('disconnect', () => process.exit(0));
  process.once('message', (setup: Setup) => {
    const opening = open(setup);
    let turn = reply(
      0,
      opening.then(({ opened }) => opened),
    );
    process.on('message', ({ id, question }: Asked<Question>) => {
      turn = turn.then(() =>
        reply(
          id,
          opening.then(({ answer }) => answer(question)),
        ),
      );
    });
  });
}
