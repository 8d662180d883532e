/** How a model makes its lists, whatever they bring. */
export interface Service {
  /** Lists that the model should have ordered, as they are archived. */
  served: number;
  /** Of these, those that it did not order. */
  failed: number;
  /** Median time of scoring a list, in milliseconds; null where nothing was scored. */
  score_ms: number | null;
  /** Between what its 99th percentile lies, beyond chance; null of too few lists. */
  p99_ms: { low: number; high: number } | null;
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
  /** At p99. */
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

/** What is asked at each look has to be beyond chance at so many deviations. */
const DEVIATIONS = 3;
/** With fewer lists the end of the champion's tail is not known. */
const P99_LISTS = 1_000;

/**
 * The percentiles of so many times, as shares, between which their true 99th lies: how many lie beyond that is binomial
 * (David and Nagaraja, "Order statistics", 2003, section 7.1).
 */
export function p99Bounds(lists: number): readonly [low: number, high: number] | undefined {
  if (lists < P99_LISTS) return undefined;
  const half = DEVIATIONS * Math.sqrt((0.99 * 0.01) / lists);
  return [0.99 - half, Math.min(1, 0.99 + half)];
}

/** Chance that a model which fails as often as it may is stopped for it at any look at a stage. */
const FAILED_ALPHA = 0.001;
/** As multiples of what may fail: for these shares evidence is gathered fastest. */
const FAILED_TIMES = [2, 5, 20, 50] as const;

/**
 * Whether more lists fail than may. The mean of likelihood ratios against the limit is no more than 1 as long as no more
 * fail, and so ever reaches 1 / alpha with no more than that chance, however often somebody looks (Ville's inequality; Robbins
 * 1970): as if each list failed by itself.
 */
export function failedLimit({ served, failed }: Service, most: number): string | undefined {
  if (failed === 0) return undefined;
  const shares = FAILED_TIMES.map(times => times * most).filter(share => share < 1);
  const ratios = shares.map(share =>
    Math.exp(failed * Math.log(share / most) + (served - failed) * Math.log((1 - share) / (1 - most))),
  );
  const evidence = ratios.reduce((sum, ratio) => sum + ratio, 0) / shares.length;
  return evidence * FAILED_ALPHA >= 1
    ? `${failed} of ${served} lists failed, at most ${(100 * most).toFixed(1)} % may`
    : undefined;
}

/** A limit beside the champion that is broken, in a sentence. */
export function brokenLimit(
  champion: Service,
  challenger: Service,
  guardrails: Guardrails,
  beside: Beside,
): string | undefined {
  const median = { own: challenger.score_ms, other: champion.score_ms, name: 'median' };
  const p99 = { own: challenger.p99_ms?.low ?? null, other: champion.p99_ms?.high ?? null, name: 'p99' };
  const isTailKnown = champion.score_ms === null || p99.other !== null;
  return (
    slower(median, guardrails, beside) ??
    (isTailKnown ? slower(p99, guardrails, beside) : undefined) ??
    lessCalibrated(champion.calibration, challenger.calibration, guardrails, beside) ??
    lessVaried(champion.categories, challenger.categories, guardrails)
  );
}

function slower(
  { own, other, name }: { own: number | null; other: number | null; name: string },
  { slower }: Guardrails,
  { isInterleaved, allowed }: Beside,
): string | undefined {
  if (own === null) return undefined;
  const takes = `scoring takes ${own.toFixed(1)} ms (${name})${isInterleaved ? ' by both' : ''}`;
  if (other === null) {
    const most = allowed?.score_ms ?? Number.POSITIVE_INFINITY;
    return own > most ? `${takes}, the gates allow ${most.toFixed(1)} ms` : undefined;
  }
  const most = Math.max(slower.times * other, other + slower.ms, allowed?.score_ms ?? 0);
  return own > (isInterleaved ? other + most : most) ? `${takes}, the champion ${other.toFixed(1)} ms` : undefined;
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
