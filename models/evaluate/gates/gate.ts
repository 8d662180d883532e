import type { Check } from '../../../schemas/models/models.ts';
import type { GateName, GatePolicy } from '../../../schemas/policies/gate-policy.ts';
import type { Evidence } from '../evidence/evidence.ts';

/** A question that a candidate has to answer before it may serve, or its examples before it is trained. */
export interface Gate<Name extends keyof GatePolicy = GateName, Seen = Evidence> {
  readonly name: Name;
  /** In words, for `temper gates list`. */
  readonly asks: string;
  /** Every check is made, whatever the others say; none where the evidence for them was not looked for. */
  evaluate(evidence: Seen, limits: GatePolicy[Name]): Check[];
}

/** A number that has to be at least so large. */
export function atLeast(name: string, value: number | null, threshold: number, what: string): Check {
  return bounded(name, value, threshold, what, 'least');
}

/** A number that may be at most so large. */
export function atMost(name: string, value: number | null, threshold: number, what: string): Check {
  return bounded(name, value, threshold, what, 'most');
}

/** What does not exist can't be held to anything; the gate that asks says whether that is a reason to refuse. */
export function notJudged(name: string, threshold: number | null, reason: string, passed = true): Check {
  return { name, passed, value: null, low: null, high: null, threshold, reason };
}

export function show(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(4);
}

function bounded(name: string, value: number | null, threshold: number, what: string, end: 'least' | 'most'): Check {
  const passed = value !== null && (end === 'least' ? value >= threshold : value <= threshold);
  const reason = `${what}: ${value === null ? 'none' : show(value)}; at ${end} ${show(threshold)} ${
    end === 'least' ? 'is needed' : 'is allowed'
  }`;
  return { name, passed, value, low: null, high: null, threshold, reason };
}
