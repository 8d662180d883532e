import { z } from 'zod';
import { openModel } from '../../models/registry/registry.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import { TemperError } from '../../schemas/errors.ts';
import { id } from '../../schemas/topics/events.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import type { Ports } from '../ports.ts';
import { championOf } from './champion.ts';

export const FormerChampion = z.object({
  surface: Surface,
  /** A model that has served; absent: who served before the champion was promoted. */
  model: id.optional(),
});
export type FormerChampion = z.infer<typeof FormerChampion>;

export interface Former {
  /** Who serves. */
  champion: string;
  /** Who is to serve again. */
  model: string;
  manifest: string;
}

/**
 * To whom a surface goes back. A second rollback goes further back, and not to what the first one took away: what counts
 * is whom the champion took the place of when it was promoted.
 *
 * @throws INPUT_INVALID where there is nobody, or the model has never served
 */
export async function formerChampion(ports: Ports, request: FormerChampion): Promise<Former> {
  const { surface } = request;
  const { config, store } = ports;
  const current = await championOf(ports, surface);
  if (!current) throw refused(surface, 'a champion', 'none');
  const rows = await store.query<{ model: string; previous: string | null; manifest: string }>(
    `SELECT model, previous, manifest FROM promotions FINAL WHERE surface = {surface:String} AND kind = 'promotion' ORDER BY number DESC, at DESC`,
    { surface },
  );
  const model = request.model ?? (rows.find(row => row.model === current.model) ?? current).previous;
  if (model === null) throw refused(surface, 'a champion that served before', `${current.model}, the first`);
  if (model === current.model) throw refused(surface, `another model than ${model}, which serves`, model);
  const served = rows.find(row => row.model === model);
  if (!served) throw refused(surface, 'a model that has served there', model);
  // What serves again is what has served, whatever lies in the registry by now.
  const { sha256 } = await openModel(modelsIn(config), model, served.manifest);
  return { champion: current.model, model, manifest: sha256 };
}

function refused(surface: string, expected: string, got: string): TemperError {
  const next = '`temper history` says what has served';
  return new TemperError('INPUT_INVALID', { where: `a rollback of ${surface}`, expected, got, next });
}
