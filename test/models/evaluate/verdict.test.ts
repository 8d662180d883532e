import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  policyHash,
  readGatePolicy,
  readVerdicts,
  requireSealed,
  sealVerdict,
  writeVerdict,
} from '../../../models/evaluate/verdict.ts';
import { canonical } from '../../../models/registry/hash.ts';
import { ensureKey, sign } from '../../../models/registry/keys.ts';
import { type Judged, SealedVerdict, type Verdict } from '../../../schemas/models/models.ts';
import { DEFAULT_GATES, type GatePolicy } from '../../../schemas/policies/gate-policy.ts';

const AT_MS = 1_700_000_000_000;
const VERDICT: Verdict = {
  passed: false,
  checks: [
    { name: 'a', passed: false, value: 0.1, low: -1e-9, high: 1 / 3, threshold: 0.2, reason: 'so', gate: 'quality' },
  ],
  metrics: { zebra: 1 / 7, ape: 2 },
};
const JUDGED: Judged = {
  kind: 'candidate',
  id: 'home-1',
  sha256: 'a'.repeat(64),
  surface: 'home',
  champion: null,
  snapshot: 'b'.repeat(64),
  seed: 1,
  run: 'retrain-home/r1',
  at_ms: AT_MS,
};

let directory: string;
let keys: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-verdict-'));
  keys = path.join(directory, 'keys');
  await ensureKey(keys, AT_MS);
});
afterEach(() => rm(directory, { recursive: true }));

const sealed = (more: Partial<Judged> = {}) => sealVerdict(keys, VERDICT, { ...JUDGED, ...more }, DEFAULT_GATES);

describe('a sealed verdict', () => {
  it('holds through JSON, histories and files, whatever the order of its fields becomes', async () => {
    const verdict = await sealed();
    const back = SealedVerdict.parse(JSON.parse(JSON.stringify(verdict)));
    const turned = Object.fromEntries(Object.entries(back).reverse()) as typeof back;
    const shuffled = { ...turned, metrics: { ape: 2, zebra: 1 / 7 } };
    expect(await requireSealed(keys, shuffled)).toEqual(verdict);
  });

  it.each<[string, (verdict: SealedVerdict) => void]>([
    ['whether it passed', verdict => Object.assign(verdict, { passed: true })],
    ['a number of a check', verdict => Object.assign(verdict.checks[0]!, { value: 0.3 })],
    ['a threshold', verdict => Object.assign(verdict.checks[0]!, { threshold: 0 })],
    ['a metric', verdict => Object.assign(verdict.metrics, { ape: 3 })],
    ['the model', verdict => Object.assign(verdict.judged, { sha256: 'c'.repeat(64) })],
    ['the policy', verdict => Object.assign(verdict, { policy: 'd'.repeat(64) })],
    ['a limit of the policy', verdict => Object.assign(verdict.gates!.quality!, { ndcg_margin: 1 })],
    ['that the policy was kept', verdict => delete verdict.gates],
    ['its last check', verdict => verdict.checks.pop()],
  ])('is refused where somebody has changed %s', async (_name, change) => {
    const verdict = structuredClone(await sealed());
    change(verdict);
    await expect(requireSealed(keys, verdict)).rejects.toThrow(/MODEL_REFUSED.*the verdict on home-1.*something else/);
  });

  it('has the policy by which it was judged, and one of before that was kept is still valid', async () => {
    const { signature: _, ...verdict } = await sealed();
    expect(verdict.gates).toEqual(DEFAULT_GATES);
    const { gates: _gates, ...before } = verdict;
    const { passed, checks, metrics, judged, policy } = before;
    const text = canonical(['temper verdict', 1, { passed, checks, metrics, judged, policy }]);
    const old = { ...before, signature: await sign(keys, text, AT_MS) };
    expect(await requireSealed(keys, SealedVerdict.parse(JSON.parse(JSON.stringify(old))))).toEqual(old);
    // What a later version has no gate for any more is neither lost nor added to.
    const gone = { ...DEFAULT_GATES, taste: { mode: 'refuse', sweetness: 3 } } as GatePolicy;
    const other = await sealVerdict(keys, VERDICT, JUDGED, gone);
    const back = SealedVerdict.parse(JSON.parse(JSON.stringify(other)));
    expect((await requireSealed(keys, back)).gates).toMatchObject({ taste: { sweetness: 3 } });
  });

  it('is asked for where there is none', async () => {
    await expect(requireSealed(keys, VERDICT)).rejects.toThrow(/MODEL_REFUSED.*expected a signature; got none/);
  });

  it('is kept by candidate, champion, snapshot and run, the newest first', async () => {
    const place = path.join(directory, 'verdicts');
    expect(await readVerdicts(place)).toEqual([]);
    await writeVerdict(place, await sealed());
    await writeVerdict(place, await sealed({ at_ms: AT_MS + 1 })); // the same, tried again
    await writeVerdict(place, await sealed({ at_ms: AT_MS + 2, champion: 'home-0' }));
    await writeFile(path.join(place, 'other.json'), '{}');
    expect((await readVerdicts(place)).map(({ judged }) => judged.at_ms)).toEqual([AT_MS + 2, AT_MS + 1]);
  });
});

describe('the policy of the gates', () => {
  const fileOf = async (text: string) => {
    const file = path.join(directory, 'gates.json');
    await writeFile(file, text);
    return file;
  };

  it('has a default for everything, and is known by its hash', async () => {
    expect(readGatePolicy(undefined)).toEqual(DEFAULT_GATES);
    const same = readGatePolicy(await fileOf('{"calibration": {"ece": 0.1}, "finite": {}}'));
    expect(policyHash(same)).toBe(policyHash(DEFAULT_GATES));
    const other = readGatePolicy(await fileOf('{"calibration": {"ece": 0.05}}'));
    expect(policyHash(other)).not.toBe(policyHash(DEFAULT_GATES));
  });

  it('that is wrong tells all that is wrong in it', async () => {
    const wrong = '{"quality": {"ndcg_margin": -1, "mode": "maybe"}, "calibration": {"ece": 2}, "taste": {}}';
    const file = await fileOf(wrong);
    const found = () => readGatePolicy(file);
    for (const part of ['quality.ndcg_margin', 'quality.mode', 'calibration.ece', 'taste']) {
      expect(found).toThrow(new RegExp(`^CONFIG_INVALID: .*${part}.*TEMPER_GATES`, 's'));
    }
    const none = await fileOf('no JSON');
    expect(() => readGatePolicy(none)).toThrow(/limits for each gate.*TEMPER_GATES/s);
  });
});
