import { eachHistory, type Scorer, type Sequences } from './scorer.ts';

export interface NeighbourOptions {
  /** So many of the most similar sessions count. */
  readonly neighbours: number;
  /** An event of the history counts exp(-places behind the newest / this). */
  readonly memory: number;
  /** An event of a neighbour counts exp(-places from the newest shared item / this). */
  readonly reach: number;
}

/**
 * Items of the sessions that are most like this one, by the items they share, the newest most, and within them those
 * that are near to what is shared: Garg, Gupta, Malhotra, Vig and Shroff, "Sequence and time aware neighborhood for
 * session-based recommendations: STAN", 2019, section 3, without the age of sessions.
 */
export function sessionNeighbours(
  sequences: Sequences,
  items: number,
  { neighbours, memory, reach }: NeighbourOptions,
): Scorer {
  const sessionsOf = sessionsByItem(sequences, items);
  const similarity = new Float64Array(sequences.length);
  const meeting = new Int32Array(sequences.length);

  return eachHistory(items, (history, row) => {
    const touched: number[] = [];
    const seen = new Set<number>();
    for (let at = history.length - 1; at >= 0; at--) {
      const item = history[at]!;
      if (seen.has(item)) continue;
      seen.add(item);
      const weight = Math.exp((at + 1 - history.length) / memory);
      for (const session of sessionsOf[item]!) {
        if (similarity[session] === 0) {
          touched.push(session);
          meeting[session] = item;
        }
        similarity[session]! += weight;
      }
    }
    const likeness = (session: number) => similarity[session]! / Math.sqrt(sequences[session]!.length * seen.size);
    const nearest = touched.toSorted((a, b) => likeness(b) - likeness(a) || b - a).slice(0, neighbours);
    for (const session of nearest) {
      const sequence = sequences[session]!;
      const from = sequence.lastIndexOf(meeting[session]!);
      for (const [at, item] of sequence.entries()) {
        if (at !== from) row[item]! += likeness(session) * Math.exp(-Math.abs(at - from) / reach);
      }
    }
    for (const session of touched) similarity[session] = 0;
  });
}

/** The sessions that have an item, each once. */
function sessionsByItem(sequences: Sequences, items: number): number[][] {
  const found: number[][] = Array.from({ length: items }, () => []);
  for (const [session, sequence] of sequences.entries())
    for (const item of new Set(sequence)) found[item]!.push(session);
  return found;
}
