import { parentPort } from 'node:worker_threads';
import { TemperError } from '../../../schemas/errors.ts';
import { type Data, DTYPES, type Dtype } from '../tensor.ts';
import { openHere, value } from './here.ts';
import { type Answer, type Asked, type Failure, type Fed, type Reply, viewOf, type Wish } from './messages.ts';
import type { RunTiming, Session } from './session.ts';

/** The thread's side of `openApart`: it does what it is asked, one after the other. */
const port = parentPort!;
const sessions = new Map<number, Session>();
/** Of the last run, where it is timed. */
let held_ms: number | undefined;
const timing: RunTiming = {
  wanted: false,
  took(ms) {
    held_ms = ms;
  },
};
/** ONNX Runtime reads no memory that is shared: inputs are copied here, by name and type, for one run at a time. */
const copies = new Map<string, Data>();
let last: Promise<void> = Promise.resolve();

port.on('message', (asked: Asked) => {
  last = last.then(async () => {
    if (asked === 'close') return port.close();
    const { id, session, wish } = asked;
    try {
      port.postMessage({ id, answer: await answerTo(session, wish) } satisfies Reply);
    } catch (error) {
      port.postMessage({ id, failure: failureOf(error) } satisfies Reply);
    }
  });
});

async function answerTo(number: number, wish: Wish): Promise<Answer> {
  if ('open' in wish) {
    const session = await openHere(wish.open, wish.opening, timing);
    sessions.set(number, session);
    const { provider, threads, inputs, outputs } = session;
    return { provider, threads, inputs, outputs };
  }
  const session = sessions.get(number)!;
  if ('run' in wish) {
    const feeds = Object.fromEntries(wish.run.map(fed => [fed.name, value(fed.type, copied(fed), fed.dims)]));
    timing.wanted = wish.isTimed;
    held_ms = undefined;
    const made = await session.run(feeds);
    return {
      made: Object.entries(made).map(([name, { type, dims, data }]) => ({ name, type: type as Dtype, dims, data })),
      held_ms,
    };
  }
  sessions.delete(number);
  await session.release();
  return undefined;
}

function copied({ name, type, length, memory }: Fed): Data {
  const key = `${type}/${name}`;
  let copy = copies.get(key);
  if (!copy || copy.length < length) {
    copy = new DTYPES[type].array(length);
    copies.set(key, copy);
  }
  const part = copy.subarray(0, length);
  part.set(viewOf(type, memory, length) as never);
  return part;
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof TemperError)) return { message: error instanceof Error ? error.message : String(error) };
  const { message, code, detail } = error;
  const { cause, ...said } = detail;
  const because = cause instanceof Error ? new Error(cause.message) : undefined;
  return { message, named: { code, detail: because ? { ...said, cause: because } : said } };
}
