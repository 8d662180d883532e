import { availableParallelism } from 'node:os';
import { FEATURES_VERSION } from '../../../models/features/vector.ts';
import { batchOf, type Pairs } from '../../../models/ranker/dataset/pairs.ts';
import { HISTORY } from '../../../models/ranker/model.ts';
import { requireGolden } from '../../../models/registry/golden.ts';
import { keysIn } from '../../../models/registry/keys.ts';
import { openRanker } from '../../../models/registry/open-ranker.ts';
import { openModel, rankerFileOf } from '../../../models/registry/registry.ts';
import { requireSigned } from '../../../models/registry/signature.ts';
import type { ModelStore } from '../../../models/registry/store/store.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import type { Config } from '../../../schemas/settings/config.ts';
import type { Ranker, Served } from './champion.ts';

/** Candidates of the first runs of a session, which allocate and choose kernels: they are not made on a user's time. */
const WARM_UP = [1, 100, 500];
const TRIES = 3;
/** While a model runs, the thread on which lists are made goes on with the next one, where there is a processor for it. */
export const APART = availableParallelism() > 1;

/** How far a model is on its way to serving. */
export type LoadStep = 'fetch' | 'open' | 'warm';

/**
 * The model, verified, opened and warm. Nothing of it is opened before its signature is seen to be that of a promotion to
 * champion, or of a trial as challenger.
 *
 * @param told what is done next
 * @throws MODEL_REFUSED where it is not what was promoted, was trained on another layout of features, scores otherwise here
 *   than where it was registered, or is too slow
 */
export async function loadRanker(
  models: ModelStore,
  served: Served,
  config: Config,
  told: (step: LoadStep) => void = () => {},
): Promise<Ranker> {
  const { model, surface } = served;
  const licence = {
    model,
    manifest: served.manifest,
    surface,
    role: 'role' in served ? served.role : 'champion',
  } as const;
  told('fetch');
  await requireSigned({ models, keys: keysIn(config) }, licence);
  const registered = await openModel(models, model, served.manifest);
  const { manifest } = registered;
  if (manifest.features_version !== FEATURES_VERSION) {
    refuse(model, `features of version ${FEATURES_VERSION}`, manifest.features_version);
  }
  const { providers, threads } = config;
  let held_ms = 0;
  const took = (ms: number) => {
    held_ms += ms;
  };
  const timing = { wanted: true, took };
  told('open');
  const ranker = await openRanker(rankerFileOf(registered), { providers, threads, apart: APART, timing });
  const score = (pairs: Pairs) => ranker.score(batchOf(pairs, manifest.contents ?? {}));
  const next = ranker.next?.bind(ranker);
  let runs = 0;
  try {
    told('warm');
    await requireGolden(registered, ranker);
    for (const n of WARM_UP) {
      await requireQuick(model, async () => {
        held_ms = 0;
        await score(nothingOf(n, manifest.features.length, historyOf(registered.items, runs++)));
        return held_ms;
      });
    }
    await next?.(registered.items.slice(0, HISTORY), HISTORY);
    timing.wanted = false; // nobody looks at it any more
  } catch (error) {
    await ranker.release();
    throw error;
  }
  return {
    id: model,
    provider: ranker.provider,
    score,
    scale: manifest.kind === 'popularity' ? 'rate' : undefined,
    ...(next && { next }),
    release: () => ranker.release(),
  };
}

/**
 * Models run on one thread, one after the other, and all lists wait for it. What counts is how long the model's own runs
 * hold it, not what they wait behind others while the champion serves; and of some tries the best, for the machine may be
 * busy.
 *
 * @param run resolves to the ms for which its runs held their thread
 */
async function requireQuick(model: string, run: () => Promise<number>): Promise<void> {
  let best_ms = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && best_ms > LIMITS.score_ms; tries++) {
    best_ms = Math.min(best_ms, await run());
  }
  if (best_ms > LIMITS.score_ms) refuse(model, `a run of ${LIMITS.score_ms} ms at most`, `${Math.round(best_ms)} ms`);
}

/** So many different items of which nothing is known. */
function nothingOf(n: number, width: number, history: readonly string[]): Pairs {
  const items = Array.from({ length: n }, (_, item) => String(item));
  return { items, features: new Float32Array(n * width), history, vectors: NO_VECTORS };
}

/**
 * As long a history as there is, of items that the model knows, each run another one: what was asked for just before may
 * be answered from memory, and says nothing of how long a run takes.
 */
function historyOf(known: readonly string[], run: number): string[] {
  const length = Math.min(known.length, HISTORY);
  return Array.from({ length }, (_, n) => known[(run + n) % known.length]!);
}

const NO_VECTORS = { vector: () => undefined };

function refuse(model: string, expected: string, got: string): never {
  throw new TemperError('MODEL_REFUSED', { where: `model ${model}`, expected, got });
}
