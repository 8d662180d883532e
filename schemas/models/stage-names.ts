// Apart from the schema of stages, for workflow code, which carries no zod.

/** The name of a stage in lists, tables and words. */
export function nameOf({ kind, share = 1 }: { kind: string; share?: number }): string {
  return kind === 'shadow' ? kind : `${kind} ${percentOf(share)} %`;
}

/** A share in percent, without the rounding errors of a product. */
export function percentOf(share: number): number {
  return Number((share * 100).toPrecision(6));
}

/** Whether a stage shows what both bring: nobody sees a shadow, and where all users have the challenger, nobody has the champion. */
export function isCompared({ kind, share = 1 }: { kind: string; share?: number }): boolean {
  return kind === 'interleave' || (kind === 'canary' && share < 1);
}
