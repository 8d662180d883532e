import { type ChildProgram, end, errorOf, type Failure, forkChild, lastWordsOf } from './parent.ts';

/** A child that stays, and answers one question after the other. */
export interface StandingChild<Opened, Question, Answer> {
  /** What it said when it had opened. */
  readonly opened: Opened;
  /** @throws what the child throws, or JOB_CRASHED where it has ended */
  ask(question: Question): Promise<Answer>;
  stop(): Promise<void>;
}

export interface Asked<Question> {
  id: number;
  question: Question;
}

/** To a question, or, with the id 0, to the setup. */
export interface Reply {
  id: number;
  report: { type: 'done'; result: unknown } | Failure;
}

/**
 * Starts a process of its own for work that blocks a thread or may end its process, such as reading strangers' files.
 * It ends with this process.
 *
 * @throws what opening throws, or JOB_CRASHED with the end of what the child wrote
 */
export async function startChild<Setup extends object, Opened, Question, Answer>(
  program: ChildProgram,
  setup: Setup,
): Promise<StandingChild<Opened, Question, Answer>> {
  const child = forkChild(program);
  const { what } = program;
  const lastWords = lastWordsOf(child);
  const waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  let ended: Error | undefined;
  let asked = 0;

  child.on('message', ({ id, report }: Reply) => {
    const whose = waiting.get(id);
    waiting.delete(id);
    if (report.type === 'done') whose?.resolve(report.result);
    else whose?.reject(errorOf(report, what));
  });
  child.on('error', () => {}); // it could not be started, or a question not be sent: then it closes, too
  const closed = new Promise<void>(resolve => {
    child.on('close', (code, killedBy) => {
      const message = lastWords();
      ended = errorOf({ type: 'crashed', message }, what, `${killedBy ?? `exit code ${code}`}: `);
      for (const { reject } of waiting.values()) reject(ended);
      waiting.clear();
      resolve();
    });
  });

  const send = (id: number, message: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (ended) return reject(ended);
      waiting.set(id, { resolve, reject });
      child.send(message);
    });
  const stop = () => {
    if (!ended) end(child);
    return closed;
  };
  try {
    const opened = (await send(asked, setup)) as Opened;
    return {
      opened,
      ask: question => send(++asked, { id: asked, question } satisfies Asked<Question>) as Promise<Answer>,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
