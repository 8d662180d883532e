import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { verdictsIn } from '../../activities/places.ts';
import { explainVerdict, listGates, printPolicy } from '../../cli/learning/gates.ts';
import { sealVerdict, writeVerdict } from '../../models/evaluate/verdict.ts';
import { ensureKey, keysIn } from '../../models/registry/keys.ts';
import type { Check } from '../../schemas/models/models.ts';
import { DEFAULT_GATES, GatePolicy } from '../../schemas/policies/gate-policy.ts';
import { readConfig } from '../../schemas/settings/config.ts';

const AT_MS = 1_700_000_000_000;
const check = (name: string, passed: boolean): Check => {
  return { name, passed, value: 0.5, low: null, high: null, threshold: 0.1, reason: `because of ${name}`, gate: 'x' };
};

let directory: string;
let printed: string[] = [];
const config = (more: Record<string, string> = {}) => readConfig({}, { TEMPER_DATA: directory, ...more });

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-gates-'));
  printed = [];
  vi.spyOn(process.stdout, 'write').mockImplementation(text => printed.push(String(text)) > 0);
  await ensureKey(keysIn(config()), AT_MS);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(directory, { recursive: true });
});

async function judged(id: string, passed: boolean, at_ms: number, policy = DEFAULT_GATES): Promise<void> {
  const about = { kind: 'candidate', id, sha256: 'a'.repeat(64), surface: 'home', champion: 'home-0' } as const;
  const verdict = { passed, checks: [check('good', true), check('bad', passed)], metrics: {} };
  const judged = { ...about, snapshot: 'b'.repeat(64), seed: 1, run: `retrain-home/run-of-${id}`, at_ms };
  await writeVerdict(verdictsIn(config()), await sealVerdict(keysIn(config()), verdict, judged, policy));
}

describe('temper gates', () => {
  it('lists every gate with its limits, as the file has them', async () => {
    const file = path.join(directory, 'gates.json');
    await writeFile(file, '{"calibration": {"ece": 0.07, "mode": "report"}}');
    listGates(config({ TEMPER_GATES: file }), false);
    expect(printed[0]).toMatch(/^calibration +report .*ece 0\.07, ratio 1\.25, bin_ratio 2$/m);
  });

  it('prints a policy that is one', () => {
    printPolicy(config(), false);
    expect(GatePolicy.parse(JSON.parse(printed[0]!))).toEqual(DEFAULT_GATES);
  });

  it('explains the newest verdict, or that on a model or of a run, with the reasons of a refusal', async () => {
    await judged('home-1', false, AT_MS);
    await judged('home-2', true, AT_MS + 1);
    expect(await explainVerdict(config(), undefined, false)).toBe(0);
    expect(printed[0]).toMatch(/^home-2 passed/);
    for (const which of ['home-1', 'run-of-home-1', 'retrain-home/run-of-home-1']) {
      expect(await explainVerdict(config(), which, false)).toBe(0);
      expect(printed.at(-1)).toMatch(/^home-1 was refused: bad\n.*as it was signed.*because of bad/s);
    }
    await expect(explainVerdict(config(), 'home-3', false)).rejects.toThrow(
      /home-3\. There are verdicts on home-2, home-1/,
    );
  });

  it('shows by which policy it was judged, and not which there is today', async () => {
    const policy = GatePolicy.parse({ variety: { mode: 'report', coverage: 0.33 } });
    await judged('home-1', true, AT_MS, policy);
    expect(await explainVerdict(config(), undefined, false)).toBe(0);
    expect(printed[0]).toMatch(/^variety +report +coverage 0\.33, diversity 0\.7$/m);
    await explainVerdict(config(), undefined, true);
    expect(JSON.parse(printed[1]!).gates).toEqual(policy);
  });

  it('says so where a verdict was changed', async () => {
    await judged('home-1', false, AT_MS);
    const [name] = await readdir(verdictsIn(config()));
    const file = path.join(verdictsIn(config()), name!);
    await writeFile(file, (await readFile(file, 'utf8')).replace('"passed": false', '"passed": true'));
    expect(await explainVerdict(config(), undefined, true)).toBe(1);
    expect(JSON.parse(printed[0]!)).toMatchObject({ authentic: false });
  });
});
