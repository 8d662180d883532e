/** How a model makes its lists, whatever they bring. */
export interface Service {
  /** Lists that the model should have ordered, as they are archived. */
  served: number;
  /** Of these, those that it did not order. */
  failed: number;
  /** Median time of scoring a list, in milliseconds; null where nothing was scored. */
  score_ms: number | null;
  /** Expected calibration error of the click probabilities of what was seen; null where models give none. */
  calibration: number | null;
  /** Mean number of different categories on a list; null where none is known. */
  categories: number | null;
}

/** What neither outcomes nor intervals are waited for. */
export interface Guardrails {
  /** Share of failed lists. */
  failed: number;
  /** Time of scoring, as a multiple of the champion's, and in milliseconds beyond it. */
  slower: { times: number; ms: number };
  /** Calibration error beyond the champion's. */
  calibration: number;
  /** Categories of a list, as a share of the champion's. */
  categories: number;
}

/** What the gates allow a model by itself; null where their policy refuses nobody by it. */
export interface Allowed {
  score_ms: number | null;
  calibration: number | null;
}

export interface Beside {
  /** Of the lists whose time this is, the champion has scored each too. */
  isInterleaved: boolean;
  /**
   * Where the champion's lists are not of the same time, or there are none. Hours and neighbours differ: a time is then
   * too long only where the gates do not allow it either.
   */
  allowed?: Allowed | undefined;
}

/** A rate of failures is believed where it is beyond chance at so many deviations. */
export function failedLimit({ served, failed }: Service, most: number): string | undefined {
  if (served === 0) return undefined;
  const isShown = failed / served - 3 * Math.sqrt((most * (1 - most)) / served) > most;
  return isShown ? `${failed} of ${served} lists failed, at most ${(100 * most).toFixed(1)} % may` : undefined;
}

/** A limit beside the champion that is broken, in a sentence. */
export function brokenLimit(
  champion: Service,
  challenger: Service,
  guardrails: Guardrails,
  beside: Beside,
): string | undefined {
  return (
    slower(champion.score_ms, challenger.score_ms, guardrails, beside) ??
    lessCalibrated(champion.calibration, challenger.calibration, guardrails, beside) ??
    lessVaried(champion.categories, challenger.categories, guardrails)
  );
}

function slower(
  other: number | null,
  own: number | null,
  { slower }: Guardrails,
  { isInterleaved, allowed }: Beside,
): string | undefined {
  if (own === null) return undefined;
  if (other === null) {
    const most = allowed?.score_ms ?? Number.POSITIVE_INFINITY;
    return own > most
      ? `scoring takes ${own.toFixed(1)} ms (median), the gates allow ${most.toFixed(1)} ms`
      : undefined;
  }
  const most = Math.max(slower.times * other, other + slower.ms, allowed?.score_ms ?? 0);
  if (own <= (isInterleaved ? other + most : most)) return undefined;
  return `scoring takes ${own.toFixed(1)} ms (median)${isInterleaved ? ' by both' : ''}, the champion ${other.toFixed(1)} ms`;
}

function lessCalibrated(
  other: number | null,
  own: number | null,
  { calibration }: Guardrails,
  { allowed }: Beside,
): string | undefined {
  if (own === null) return undefined;
  if (other === null && allowed) {
    const most = allowed.calibration ?? Number.POSITIVE_INFINITY;
    return own > most ? `calibration error ${own.toFixed(3)}, the gates allow ${most.toFixed(3)}` : undefined;
  }
  if (own <= (other ?? 0) + calibration) return undefined;
  return `calibration error ${own.toFixed(3)}, the champion's ${(other ?? 0).toFixed(3)}`;
}

function lessVaried(other: number | null, own: number | null, { categories }: Guardrails): string | undefined {
  if (own === null || other === null || own >= categories * other) return undefined;
  return `${own.toFixed(1)} categories on a list, the champion has ${other.toFixed(1)}`;
}
