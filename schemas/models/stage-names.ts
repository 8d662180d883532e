/** The name of a stage in lists, tables and words. It stands apart for workflow code, which carries no zod. */
export function nameOf({ kind, share = 1 }: { kind: string; share?: number }): string {
  return kind === 'shadow' ? kind : `${kind} ${percentOf(share)} %`;
}

/** A share in percent, without the rounding errors of a product. */
export function percentOf(share: number): number {
  return Number((share * 100).toPrecision(6));
}
