import { z } from 'zod';
import { id } from '../../schemas/topics/events.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import type { Ports } from '../ports.ts';
import { championOf } from './champion.ts';

export const ServingAmong = z.object({ models: z.array(id) });
export type ServingAmong = z.infer<typeof ServingAmong>;

/** Those of the models that are champions, and of which surface. */
export async function servingAmong(
  ports: Ports,
  { models }: ServingAmong,
): Promise<{ surface: Surface; model: string }[]> {
  const serving: { surface: Surface; model: string }[] = [];
  for (const surface of Surface.options) {
    const champion = await championOf(ports, surface);
    if (champion && models.includes(champion.model)) serving.push({ surface, model: champion.model });
  }
  return serving;
}
