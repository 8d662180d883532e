import type { Check, Verdict } from '../../schemas/models/models.ts';
import { DEFAULT_GATES, type GateName, type GatePolicy } from '../../schemas/policies/gate-policy.ts';
import type { Evaluation } from './compare.ts';
import type { Evidence } from './evidence/evidence.ts';
import { GATES } from './gates/all.ts';
import type { Gate } from './gates/gate.ts';
import { offPolicyMetrics } from './off-policy/lists.ts';
import { SNAPSHOT_GATES } from './snapshot/gates.ts';
import type { Inspection } from './snapshot/inspect.ts';

/**
 * Judges a candidate by the evidence. Every gate that is not off is asked, whatever the others say, so that a refusal
 * names all of its reasons; with too little data the verdict is just that, and no error.
 */
export function judge(evidence: Evidence, policy: GatePolicy = DEFAULT_GATES): Verdict {
  const gates = GATES as { [Name in GateName]: Gate<Name> };
  const checks = (Object.keys(gates) as GateName[]).flatMap(name => checksOf(gates[name], evidence, policy));
  return { passed: allPassed(checks), checks, metrics: metricsOf(evidence) };
}

/** Judges examples before anything is trained on them. */
export function judgeSnapshot(found: Inspection, policy: GatePolicy = DEFAULT_GATES): Verdict {
  const { snapshot, skew } = SNAPSHOT_GATES;
  const checks = [...checksOf(snapshot, found, policy), ...checksOf(skew, found, policy)];
  const { lists, clicks, known, leak } = found;
  const numbers = {
    lists,
    clicks,
    known,
    ...(leak && { leak_auc: leak.auc }),
    ...(found.skew && { psi: found.skew.psi }),
  };
  return { passed: allPassed(checks), checks, metrics: numbers };
}

function checksOf<Name extends keyof GatePolicy, Seen>(
  gate: Gate<Name, Seen>,
  seen: Seen,
  policy: GatePolicy,
): Check[] {
  const { name } = gate;
  const { mode } = policy[name];
  return mode === 'off' ? [] : gate.evaluate(seen, policy[name]).map(check => ({ ...check, gate: name, mode }));
}

function allPassed(checks: readonly Check[]): boolean {
  return checks.every(({ passed, mode }) => passed || mode === 'report');
}

/** The evidence as flat numbers, `ndcg_candidate` and so on, without those that have no meaning. */
function metricsOf({ evaluation, variety, serving }: Evidence): Record<string, number> {
  const { rows, users, lists, clicks, order, offPolicy } = evaluation;
  const tops = Object.entries(variety ?? {}).flatMap(([name, figures]) => named(figures, name));
  const cost = serving
    ? named({ p50_ms: serving.p50_ms, p99_ms: serving.p99_ms, bytes: serving.bytes }, 'serving')
    : [];
  return {
    ...{ rows, users, lists, clicks, explored: Number(order === 'explored') },
    ...qualityMetrics(evaluation),
    ...offPolicyMetrics(offPolicy),
    ...Object.fromEntries([...tops, ...cost].filter(([, value]) => value !== null)),
  };
}

function qualityMetrics({ by, rankers, differences }: Evaluation): Record<string, number> {
  const qualities = Object.entries(rankers).flatMap(([name, { finite: _, ...quality }]) => named(quality, name));
  const gains = Object.entries(differences).map(([name, interval]) => [`${by}_minus_${name}`, interval?.value ?? null]);
  return Object.fromEntries([...qualities, ...gains].filter(([, value]) => value !== null));
}

function named(figures: object, whose: string): [string, unknown][] {
  return Object.entries(figures).map(([metric, value]) => [`${metric}_${whose}`, value]);
}
