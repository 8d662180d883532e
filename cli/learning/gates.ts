import { verdictsIn } from '../../activities/places.ts';
import { GATES } from '../../models/evaluate/gates/all.ts';
import { SNAPSHOT_GATES } from '../../models/evaluate/snapshot/gates.ts';
import { policyHash, readGatePolicy, readVerdicts, requireSealed } from '../../models/evaluate/verdict.ts';
import { keysIn } from '../../models/registry/keys.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { PastPolicy, SealedVerdict } from '../../schemas/models/models.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { printResult, table } from '../output.ts';
import { verdictTable } from './retrain.ts';

/** What each gate asks, and whether its answer counts. */
export function listGates(config: Config, json: boolean | undefined): void {
  const policy = readGatePolicy(config.gates);
  const gates = Object.values({ ...SNAPSHOT_GATES, ...GATES }).map(({ name, asks }) => {
    const { mode, ...limits } = policy[name];
    return { name, mode, limits: limits as PastPolicy[string], asks };
  });
  printResult({ gates }, json, () =>
    table([
      ['GATE', 'MODE', 'ASKS', 'LIMITS'],
      ...gates.map(({ name, mode, limits, asks }) => [name, mode, asks, inWords(limits)]),
    ]),
  );
}

function inWords(limits: PastPolicy[string]): string {
  return Object.entries(limits)
    .map(([limit, value]) => `${limit} ${value ?? 'any'}`)
    .join(', ');
}

/** The whole policy as a file may have it, with its hash as verdicts name it. */
export function printPolicy(config: Config, json: boolean | undefined): void {
  const policy = readGatePolicy(config.gates);
  const sha256 = policyHash(policy);
  printResult({ file: config.gates ?? null, sha256, policy }, json, () => JSON.stringify(policy, null, 2));
}

/**
 * The newest verdict on a candidate, promoted or refused, and whether it is as a gate has signed it.
 *
 * @param which the beginning of a model's id, or the id of a workflow or its run; the newest verdict of all, if not given
 * @returns the exit code: 0 where it is as it was signed
 */
export async function explainVerdict(
  config: Config,
  which: string | undefined,
  json: boolean | undefined,
): Promise<number> {
  const directory = verdictsIn(config);
  const verdicts = await readVerdicts(directory);
  const verdict = verdicts.find(({ judged }) => which === undefined || isMeant(which, judged));
  if (!verdict) {
    const got = which ?? 'none yet';
    const next = `There are verdicts on ${[...new Set(verdicts.map(({ judged }) => judged.id))].slice(0, 5).join(', ')}`;
    const where = `the verdicts in ${directory}`;
    throw new TemperError('INPUT_INVALID', {
      where,
      expected: 'a model that was judged, or a run',
      got,
      ...(verdicts.length > 0 && { next }),
    });
  }
  const doubt = await requireSealed(keysIn(config), verdict).then(
    () => null,
    (error: Error) => error.message,
  );
  printResult({ ...verdict, authentic: doubt === null }, json, () => told(verdict, doubt));
  return doubt === null ? 0 : 1;
}

function isMeant(which: string, { id, run }: SealedVerdict['judged']): boolean {
  return id.startsWith(which) || run.split('/').includes(which) || run === which;
}

function told(verdict: SealedVerdict, doubt: string | null): string {
  const { judged, passed, policy, gates, signature, checks } = verdict;
  const failed = checks.filter(check => !check.passed && check.mode !== 'report');
  return [
    `${judged.id} ${passed ? 'passed' : `was refused: ${failed.map(({ name }) => name).join(', ')}`}`,
    table([
      ['judged', new Date(judged.at_ms).toISOString()],
      ['beside', judged.champion ?? 'popularity, for nobody served'],
      ['snapshot', judged.snapshot],
      ['policy', gates ? policy : `${policy}, of which the hash alone was kept`],
      ...(judged.run === '' ? [] : [['workflow', judged.run]]),
      ['signature', doubt ?? `of key ${signature.key}, as it was signed`],
    ]),
    verdictTable(verdict),
    ...(gates ? [policyTable(gates)] : []),
  ].join('\n');
}

/** By what it was judged then, whatever the file says today. */
function policyTable(gates: PastPolicy): string {
  return table([
    ['GATE', 'MODE', 'LIMITS'],
    ...Object.entries(gates).map(([name, { mode, ...limits }]) => [name, String(mode ?? ''), inWords(limits)]),
  ]);
}
