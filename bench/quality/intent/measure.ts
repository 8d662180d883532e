import type { SessionOptions } from '../../../models/graph/runtime.ts';
import type { FitProgress } from '../../../models/graph/training/fit.ts';
import { random } from '../../../models/random.ts';
import {
  type IntentEncoders,
  type Intents,
  mostProbable,
  openIntents,
  trainIntents,
} from '../../../models/support/intent/classifier.ts';
import { intentsOf, type Question } from '../../../models/support/intent/questions.ts';
import { classifyWords } from '../../../models/support/intent/words.ts';
import { TemperError } from '../../../schemas/errors.ts';

export interface IntentRun extends SessionOptions {
  /** Fetches the encoders where they are not there. */
  readonly readEncoders: (signal: AbortSignal) => Promise<IntentEncoders>;
  readonly train: readonly Question[];
  /** Read when all is trained. */
  readonly readTest: () => Promise<readonly Question[]>;
  readonly seeds: number;
  /** For all of it. */
  readonly minutes: number;
}

/** z of 95 %. */
const Z = 1.96;
/** Questions that are classified between two looks at the clock. */
const AT_ONCE = 256;

/**
 * Trains on the training part with each seed, then reads the test part. Accuracies are means over the seeds, the
 * interval that of a share of so many questions (Wilson 1927).
 *
 * @throws TIMED_OUT
 */
export async function measureIntents(run: IntentRun, tell: (line: string) => void) {
  const { readEncoders, train, seeds, minutes, readTest, ...session } = run;
  const started = performance.now();
  const cpu = process.cpuUsage();
  const expired = AbortSignal.timeout(Math.ceil(minutes * 60_000));
  const inTime = <T>(where: string, work: Promise<T>): Promise<T> =>
    work.catch((cause: unknown) => {
      if (!expired.aborted) throw cause;
      throw new TemperError('TIMED_OUT', { where, expected: `${minutes} minutes`, next: 'Give it more', cause });
    });

  const names = intentsOf(train);
  const encoders = await inTime('fetching encoders', readEncoders(expired));
  const trained = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const hooks = {
      signal: expired,
      onProgress({ epoch, epochs, step, loss, samples_per_second }: FitProgress) {
        const speed = `${samples_per_second.toFixed(1)} questions/s`;
        tell(`seed ${seed}, epoch ${epoch} of ${epochs}, step ${step}: loss ${loss.toFixed(4)}, ${speed}`);
      },
    };
    const training = trainIntents(encoders, train, { ...session, seed }, hooks);
    trained.push(await inTime(`training with seed ${seed}`, training));
  }

  const test = await readTest();
  const texts = test.map(({ text }) => text);
  const right = (found: Int32Array) =>
    found.reduce((sum, each, row) => sum + Number(names[each] === test[row]!.intent), 0);
  const accuracies = [];
  for (const each of trained) {
    const opened = await openIntents(each, session);
    const found = classified(opened, texts, expired).finally(() => opened.release());
    accuracies.push(right(await inTime('classifying the test part', found)) / test.length);
  }
  const byWords = classifyWords(trained[0]!.words, texts);
  const accuracy = mean(accuracies);
  const { user, system } = process.cpuUsage(cpu);
  return {
    protocol: 'share of the test questions whose most probable intent is theirs; nothing is chosen by the test part',
    train: train.length,
    test: test.length,
    intents: names.length,
    unknown: test.filter(({ intent }) => !names.includes(intent)).length,
    seeds: accuracies,
    accuracy,
    interval: wilson(accuracy, test.length),
    controls: { words: right(mostProbable(byWords, names.length)) / test.length },
    minutes: (performance.now() - started) / 60_000,
    cpu_minutes: (user + system) / 60e6,
  };
}

/** The intent of each text, by its number. @throws the signal's reason */
async function classified(intents: Intents, texts: readonly string[], signal: AbortSignal): Promise<Int32Array> {
  const found = new Int32Array(texts.length);
  for (let from = 0; from < texts.length; from += AT_ONCE) {
    signal.throwIfAborted();
    const probabilities = await intents.classify(texts.slice(from, from + AT_ONCE));
    found.set(mostProbable(probabilities, intents.names.length), from);
  }
  return found;
}

/** Puts a share of the questions of each intent aside, at least one where there are two. */
export function aside(
  questions: readonly Question[],
  share: number,
  seed: number,
): [rest: Question[], aside: Question[]] {
  const order = random(seed).shuffle(Uint32Array.from(questions.keys()));
  const wanted = new Map<string, number>();
  for (const { intent } of questions) wanted.set(intent, (wanted.get(intent) ?? 0) + share);
  const [rest, taken]: [Question[], Question[]] = [[], []];
  for (const place of order) {
    const question = questions[place]!;
    const left = Math.round(wanted.get(question.intent)!);
    if (left >= 1) {
      taken.push(question);
      wanted.set(question.intent, left - 1);
    } else rest.push(question);
  }
  return [rest, taken];
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

function wilson(share: number, count: number): { low: number; high: number } {
  const middle = share + Z ** 2 / (2 * count);
  const reach = Z * Math.sqrt((share * (1 - share)) / count + Z ** 2 / (4 * count ** 2));
  const scale = 1 + Z ** 2 / count;
  return { low: (middle - reach) / scale, high: (middle + reach) / scale };
}
