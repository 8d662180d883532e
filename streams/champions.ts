import { setTimeout as sleep } from 'node:timers/promises';
import { requireSignedRecord } from '../models/registry/signed-record.ts';
import { TemperError } from '../schemas/errors.ts';
import type { Promotion } from '../schemas/models/models.ts';
import type { Trial, TrialEnd } from '../schemas/models/trials.ts';
import type { Surface } from '../schemas/topics/ranking.ts';
import { admit } from './admit.ts';
import { JOBS } from './graph.ts';
import { HeardTrials } from './heard-trials.ts';
import type { Bus, StreamRecord } from './kafka/bus.ts';
import { deferred } from './kafka/consuming/slots.ts';

const BACK_MS = 10_000;

/**
 * The topic `models` as the worker sees it: of each surface the champion, and the challenger that is on trial. Of trials it
 * knows what scorers know: what is not signed, or not next, they refuse and tell, and here it changes nothing.
 *
 * @param keys their directory; absent: of whoever decides nothing by a trial, and looks at no signature
 */
export async function openChampions(
  bus: Bus,
  keys?: string,
): Promise<{
  of(surface: Surface): Promise<Promotion | undefined>;
  promote(promotion: Promotion): Promise<void>;
  trialOn(surface: Surface): Promise<Trial | undefined>;
  setTrial(trial: Trial): Promise<void>;
  endTrial(end: TrialEnd): Promise<void>;
  stop(): Promise<void>;
  /** Resolves with the reason once the topic is not followed any more: what is known is out of date from then on. */
  failed: Promise<Error>;
}> {
  const champions = new Map<Surface, Promotion>();
  const trials = new Map<Surface, HeardTrials>();
  const trialOn = (surface: Surface) => trials.get(surface)?.on;
  const note = async (surface: Surface, record: Trial | TrialEnd): Promise<void> => {
    const heard = trials.get(surface) ?? new HeardTrials();
    trials.set(surface, heard);
    try {
      if (keys !== undefined) await requireSignedRecord(keys, record);
      heard.take(record);
    } catch {} // scorers tell of it
  };
  /** Records of trials are taken in their order: a look at a signature takes a moment. */
  let taking = Promise.resolve();
  const outbox = await bus.outbox({ allowed: JOBS.worker.writes });
  const seen = new Set<() => void>();
  const lookAgain = () => {
    for (const look of seen) look();
  };
  const following = await bus.follow({
    topics: ['models'],
    maxWait_ms: 50,
    apply: (_topic, _partition, record) => {
      const said = saidIn(record);
      if (said?.champion) champions.set(said.surface, said.champion);
      else if (said) taking = taking.then(() => note(said.surface, said.trial)).then(lookAgain);
      lookAgain();
    },
  });
  await taking;

  /** Set where the topic is not followed any more. Another worker, or this one started again, may know what it says now. */
  let broken: TemperError | undefined;
  void following.failed.then(cause => {
    broken = new TemperError('UNREACHABLE', {
      where: 'models',
      next: 'The worker ends, and has to be run again',
      cause,
    });
    lookAgain();
  });
  const requireFollowed = () => {
    if (broken) throw broken;
  };

  /** Resolves when the record has come back through the topic: from then on this process answers with it. */
  async function publish(key: string, value: object, isBack: () => boolean): Promise<void> {
    requireFollowed();
    const { promise: back, resolve } = deferred<'back'>();
    const look = () => (broken || isBack()) && resolve('back');
    seen.add(look);
    try {
      await outbox.publish('models', { key, value: JSON.stringify(value) });
      const first = await Promise.race([back, sleep(BACK_MS, undefined, { ref: false })]);
      requireFollowed();
      if (first === 'back') return;
      throw new TemperError('TIMED_OUT', {
        where: 'models',
        expected: `the record of ${key} to come back within ${BACK_MS} ms`,
      });
    } finally {
      seen.delete(look);
    }
  }

  return {
    async of(surface) {
      requireFollowed();
      return champions.get(surface);
    },
    promote: promotion => {
      const { surface, model, at_ms } = promotion;
      const isBack = () => champions.get(surface)?.model === model && champions.get(surface)!.at_ms === at_ms;
      return publish(surface, promotion, isBack);
    },
    async trialOn(surface) {
      await taking;
      requireFollowed();
      return trialOn(surface);
    },
    setTrial: trial => {
      const { surface, experiment, at_ms } = trial;
      const isBack = () => trialOn(surface)?.experiment === experiment && trialOn(surface)!.at_ms === at_ms;
      return publish(challengerOf(surface), trial, isBack);
    },
    endTrial: end => publish(challengerOf(end.surface), end, () => !trialOn(end.surface)),
    failed: following.failed,
    async stop() {
      await following.stop();
      await outbox.stop();
    },
  };
}

/** What a record of `models` says: who is champion, or who is on trial, or is no more. */
export type Said =
  | { surface: Surface; champion: Promotion; trial?: undefined }
  | { surface: Surface; champion?: undefined; trial: Trial | TrialEnd };

/**
 * What a record of `models` says; nothing where it is neither, as a tombstone, for that must not stop whoever follows the
 * topic.
 */
export function saidIn(record: StreamRecord): Said | undefined {
  const parsed = admit('models', record);
  if (!parsed.ok) return undefined;
  const { value } = parsed;
  if ('role' in value) return { surface: value.surface, trial: value };
  return { surface: value.surface, champion: value };
}

/** The key under which a surface's trial stands, beside its champion's, which is the surface. */
export function challengerOf(surface: Surface): string {
  return `${surface}/challenger`;
}
