import type { Surface } from '../../schemas/topics/ranking.ts';

/** Surfaces whose lists a champion of their own may make; `home`'s makes those of the others. */
export const OWN_SURFACES = ['home', 'search'] as const satisfies readonly Surface[];

/** Under which name a scorer's report has who serves a surface. */
export function noteOf(role: 'champion' | 'challenger', surface: Surface): string {
  return surface === 'home' ? role : `${role} of ${surface}`;
}
