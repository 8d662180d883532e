import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import { type Judged, SealedVerdict, type Verdict } from '../../schemas/models/models.ts';
import { GatePolicy } from '../../schemas/policies/gate-policy.ts';
import { readPolicyFile } from '../../schemas/policies/policy-file.ts';
import { canonical, sha256Of } from '../registry/hash.ts';
import { sign, verify } from '../registry/keys.ts';
import { writeWhole } from '../whole-file.ts';

/** What a candidate has to show, from the file that a shop edits. @throws CONFIG_INVALID with all that is wrong in it */
export const readGatePolicy = (file: string | undefined): GatePolicy =>
  readPolicyFile(GatePolicy, file, { variable: 'TEMPER_GATES', what: 'limits for each gate' });

/**
 * Signs a verdict.
 *
 * @param keys their directory
 * @throws CONFIG_INVALID where no private key is there
 */
export async function sealVerdict(
  keys: string,
  { passed, checks, metrics }: Verdict,
  judged: Judged,
  policy: GatePolicy,
): Promise<SealedVerdict> {
  const verdict = { passed, checks, metrics, judged, policy: policyHash(policy), gates: policy };
  return { ...verdict, signature: await sign(keys, textOf(verdict), judged.at_ms) };
}

/** @throws MODEL_REFUSED where the verdict is not as a gate has signed it */
export async function requireSealed(keys: string, verdict: Verdict): Promise<SealedVerdict> {
  const { judged, policy, signature } = verdict;
  const where = `the verdict on ${judged?.id ?? 'a candidate'}`;
  if (!judged || !policy || !signature) {
    throw new TemperError('MODEL_REFUSED', { where, expected: 'a signature', got: 'none', next: 'Judge it again' });
  }
  await verify(keys, textOf(verdict), signature, where);
  return { ...verdict, judged, policy, signature };
}

/** Keeps a verdict as a file. The same candidate, judged again by the same run, takes its place. */
export async function writeVerdict(directory: string, verdict: SealedVerdict): Promise<string> {
  const { id, champion, snapshot, run } = verdict.judged;
  const which = sha256Of(Buffer.from(JSON.stringify([champion, snapshot, run, verdict.policy]))).slice(0, 8);
  const file = path.join(directory, `${id}.${which}.json`);
  await writeWhole(file, [Buffer.from(`${JSON.stringify(verdict, null, 2)}\n`)]);
  return file;
}

/** All verdicts of a directory, the newest first; files that hold none are left out. */
export async function readVerdicts(directory: string): Promise<SealedVerdict[]> {
  const names = (await readdir(directory).catch(() => [])).filter(name => name.endsWith('.json'));
  const read = names.map(async name => {
    const text = await readFile(path.join(directory, name), 'utf8').catch(() => 'null');
    const parsed = SealedVerdict.safeParse(JSON.parse(text));
    return parsed.success ? [parsed.data] : [];
  });
  return (await Promise.all(read)).flat().sort((a, b) => b.judged.at_ms - a.judged.at_ms);
}

export function policyHash(policy: GatePolicy): string {
  return sha256Of(Buffer.from(canonical(policy)));
}

/** Gates that are absent leave the text of before, when they were not kept. */
function textOf({ passed, checks, metrics, judged, policy, gates }: Verdict): string {
  return canonical(['temper verdict', 1, { passed, checks, metrics, judged, policy, gates }]);
}
