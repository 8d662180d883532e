import { progress } from '../cli/output.ts';

export interface Spread {
  median: number;
  low: number;
  high: number;
}

/**
 * Measures each side once a round, forwards and backwards by turns: what a machine's speed does from one minute to the next
 * meets all alike.
 */
export async function inTurns<S extends string>(
  sides: readonly S[],
  rounds: number,
  measure: (side: S) => Promise<number>,
  tell: (line: string) => void = progress,
): Promise<Record<S, number[]>> {
  const measured = Object.fromEntries(sides.map(side => [side, [] as number[]])) as Record<S, number[]>;
  for (let round = 1; round <= rounds; round++) {
    for (const side of round % 2 === 1 ? sides : sides.toReversed()) {
      const value = await measure(side);
      measured[side].push(value);
      tell(`round ${round} of ${rounds}: ${side}, ${Math.round(value)}`);
    }
  }
  return measured;
}

/** Of each round, the first over the second. */
export function ratiosOf(over: readonly number[], under: readonly number[]): number[] {
  return over.map((value, round) => value / under[round]!);
}

/** @param digits behind the point, to which all three are rounded */
export function spreadOf(values: readonly number[], digits = 0): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
  const rounded = (value: number) => Math.round(value * 10 ** digits) / 10 ** digits;
  return { median: rounded(median), low: rounded(sorted[0]!), high: rounded(sorted.at(-1)!) };
}

export const spelled = ({ median, low, high }: Spread): string => `${median} (${low} to ${high})`;
