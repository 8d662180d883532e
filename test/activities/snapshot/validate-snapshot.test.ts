import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verdictsIn } from '../../../activities/places.ts';
import { register } from '../../../activities/register-ranker.ts';
import { type Snapshot, snapshotExamples } from '../../../activities/snapshot/snapshot-examples.ts';
import { validateSnapshot } from '../../../activities/snapshot/validate-snapshot.ts';
import { readVerdicts, requireSealed } from '../../../models/evaluate/verdict.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../../models/features/vector.ts';
import { popularityModel } from '../../../models/ranker/popularity.ts';
import { keysIn } from '../../../models/registry/keys.ts';
import { examples } from '../examples.ts';
import { MemoryStore } from '../memory-ports.ts';
import { memoryPorts, testPorts } from '../ports.ts';

const UNTIL_MS = Date.UTC(2027, 0, 1);
let room: Awaited<ReturnType<typeof memoryPorts>>;
let earlier: Snapshot;
let later: Snapshot;
let champion: string;
beforeAll(async () => {
  room = await memoryPorts({ examples: examples({ seed: 5, lists: 300, clicks: 'taste' }) });
  earlier = await snapshotExamples(room.ports, { surface: 'home', until_ms: UNTIL_MS });
  const rows = examples({ seed: 6, lists: 300, clicks: 'taste' });
  const turned = rows.map(row => ({ ...row, features: row.features.map((x, at) => (at === 0 ? x + 5 : x)) }));
  const next = await testPorts(new MemoryStore({ examples: turned }), { dataDir: room.ports.config.dataDir });
  later = await snapshotExamples(next.ports, { surface: 'home', until_ms: UNTIL_MS });
  const layout = { features: [...FEATURE_NAMES], features_version: FEATURES_VERSION };
  const lineage = { snapshot: earlier.sha256, parent: null, seed: 1, provider: 'cpu' } as const;
  const model = popularityModel(FEATURE_NAMES, 'pair.category');
  const said = { kind: 'mlp' as const, created_ms: 1, ...layout, lineage, training: null, verdict: null };
  ({ model: champion } = await register(room.ports, 'home', { model }, said));
});
afterAll(() => room.clear());

const psiOf = ({ checks }: Awaited<ReturnType<typeof validateSnapshot>>) => checks.find(({ name }) => name === 'skew');

describe('the validation of a snapshot', () => {
  it('gives a signed verdict, which is kept, and compares with what the champion was trained on', async () => {
    const verdict = await validateSnapshot(room.ports, { surface: 'home', snapshot: later, champion }, 'w/r');
    expect(verdict).toMatchObject({ passed: true, judged: { kind: 'snapshot', sha256: later.sha256, run: 'w/r' } });
    await requireSealed(keysIn(room.ports.config), verdict);
    expect(await readVerdicts(verdictsIn(room.ports.config))).toEqual([verdict]);
    expect(psiOf(verdict)).toMatchObject({ passed: false, mode: 'report' });
    expect(psiOf(verdict)!.reason).toContain(`index of ${FEATURE_NAMES[0]}, the greatest`);
  });

  it('is refused where others lie under its name', async () => {
    const swapped = { ...later, path: earlier.path };
    const judged = validateSnapshot(room.ports, { surface: 'home', snapshot: swapped, champion }, 'w/r');
    await expect(judged).rejects.toThrow(`expected examples with sha256 ${later.sha256}; got others`);
  });

  it.each(['without a champion', 'with examples that are the same', 'with examples that are gone'])(
    '%s compares with nothing',
    async what => {
      const same = what.includes('same');
      if (what.includes('gone')) await rm(earlier.path);
      const request = { snapshot: same ? earlier : later, champion: what.includes('without') ? null : champion };
      const verdict = await validateSnapshot(room.ports, { surface: 'home', ...request });
      expect(psiOf(verdict)).toMatchObject({ passed: true, value: null });
    },
  );
});
