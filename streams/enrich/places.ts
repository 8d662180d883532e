import path from 'node:path';
import type { Config } from '../../schemas/settings/config.ts';
import type { Modality } from '../../schemas/topics/vectors.ts';
import type { JobContext } from '../job.ts';
import type { Weights } from '../weights.ts';

/** Kinds of encoders. Videos are made of pictures. */
export type Kind = 'text' | 'image';

/** An encoder on this machine. */
export interface Place {
  place: string;
  /** What it is called in its id. */
  name: string;
}

export type Places = Partial<Record<Kind, Place>>;

export function kindOf(modality: Modality): Kind {
  return modality === 'text' ? 'text' : 'image';
}

/** What is configured of a kind: a name, or a path; nothing where there is to be none. */
export function wantedOf(kind: Kind, { textEncoder, imageEncoder }: Config): string | undefined {
  const wanted = kind === 'text' ? textEncoder : imageEncoder;
  return wanted === 'none' ? undefined : wanted;
}

/** The encoders that are on this machine, and the kinds whose encoder is not. */
export function findPlaces(config: Config, weights: Weights): { places: Places; absent: Kind[] } {
  const places: Places = {};
  const absent: Kind[] = [];
  for (const kind of ['text', 'image'] as const) {
    const wanted = wantedOf(kind, config);
    const place = wanted && weights.find(wanted);
    if (wanted && place) places[kind] = { place, name: nameOf(wanted) };
    else if (wanted) absent.push(kind);
  }
  return { places, absent };
}

/** Fetches encoders, and gives those that could be: what can't be is told, and is for another time. */
export async function fetchPlaces(
  absent: readonly Kind[],
  weights: Weights,
  { config, report, log }: JobContext,
  signal: AbortSignal,
): Promise<Places> {
  const places: Places = {};
  for (const kind of absent) {
    const wanted = wantedOf(kind, config)!;
    try {
      report.note(kind, `fetches ${wanted}`);
      const place = await weights.fetch(
        wanted,
        line => log.info({ code: 'ENCODER_FETCHED', encoder: wanted }, line),
        signal,
      );
      places[kind] = { place, name: nameOf(wanted) };
    } catch (error) {
      signal.throwIfAborted();
      report.note(kind, `no vectors: ${error instanceof Error ? error.message : error}`);
      log.warn(
        { code: 'ENCODER_AWAITED', err: error, encoder: wanted },
        'lists come from ids and words until the encoder can be fetched',
      );
    }
  }
  return places;
}

function nameOf(wanted: string): string {
  return path.basename(wanted, '.onnx');
}
