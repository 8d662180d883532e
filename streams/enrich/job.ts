import { setTimeout as sleep } from 'node:timers/promises';
import { ActiveEncoders } from '../../models/retrieval/vectors/active-encoders.ts';
import type { Modality } from '../../schemas/topics/vectors.ts';
import { JOBS } from '../graph.ts';
import type { JobContext, RunningJob } from '../job.ts';
import { deferred } from '../kafka/consuming/slots.ts';
import { takeProgress } from '../vectors.ts';
import type { Weights } from '../weights.ts';
import { consumeCatalogue } from './catalogue.ts';
import { openEncoders } from './encoders.ts';
import { fetchPlaces, findPlaces, kindOf, type Places, wantedOf } from './places.ts';

const AGAIN_MS = 10 * 60_000;

/**
 * The enrich job: products become vectors, in each modality for which there is an encoder. It begins with the encoders
 * that are on this machine, fetches the others meanwhile, and begins anew when they have come.
 */
export async function startEnrich(context: JobContext, weights: Weights): Promise<RunningJob> {
  const { config, bus, report, log } = context;
  let { places, absent } = findPlaces(config, weights);
  const outbox = await bus.outbox({ allowed: JOBS.enrich.writes });
  const told = new ActiveEncoders();
  const following = await bus.follow({
    topics: ['vector.progress'],
    apply: (_topic, _partition, record) => takeProgress(told, record),
  });
  const { promise: failed, resolve: fail } = deferred<Error>();
  void following.failed.then(fail);

  const begin = async (places: Places): Promise<{ stop(): Promise<void> }> => {
    const { providers, threads, cacheDir } = config;
    const encoders = await openEncoders({ places, providers, threads, cacheDir });
    for (const [modality, encoder] of Object.entries(encoders.ids)) report.note(modality, encoder);
    for (const [modality, reason] of Object.entries(encoders.refused)) {
      report.note(modality, `no vectors: ${reason}`);
      log.error(
        { code: 'ENCODER_REFUSED', kind: modality, reason },
        'the encoder is refused: lists come without such vectors until the next start',
      );
    }
    const use = (modality: Modality) => ({
      wanted: wantedOf(kindOf(modality), config) === undefined ? 'none' : encoders.ids[modality],
      active: told.of(modality),
    });
    const consuming = await consumeCatalogue(context, outbox, told, { encoders, use, media: config.media, report });
    void consuming.failed.then(fail);
    return {
      async stop() {
        await consuming.stop();
        await encoders.stop();
      },
    };
  };

  let running = await begin(places);
  const stopping = new AbortController();
  const completing = (async () => {
    while (absent.length > 0) {
      const come = await fetchPlaces(absent, weights, context, stopping.signal);
      absent = absent.filter(kind => !come[kind]);
      if (Object.keys(come).length > 0) {
        places = { ...places, ...come };
        await running.stop();
        running = await begin(places);
      }
      if (absent.length > 0) await sleep(AGAIN_MS, undefined, { signal: stopping.signal });
    }
  })();
  completing.catch(error => {
    if (!stopping.signal.aborted) fail(error);
  });
  const reporting = report.publishTo(outbox);
  return {
    failed,
    async stop() {
      stopping.abort();
      await completing.catch(() => {});
      await running.stop();
      await following.stop();
      await reporting.stop();
      await outbox.stop();
    },
  };
}
