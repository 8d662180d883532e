import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCandidate } from '../../activities/candidate-file.ts';
import { clearTraining } from '../../activities/clear-training.ts';
import { evaluateRanker } from '../../activities/evaluate-ranker.ts';
import { type Candidate, createActivities, type Snapshot } from '../../activities/index.ts';
import { trainingIn, verdictsIn } from '../../activities/places.ts';
import { register, registerRanker } from '../../activities/register-ranker.ts';
import { snapshotExamples } from '../../activities/snapshot/snapshot-examples.ts';
import { GATES } from '../../models/evaluate/gates/all.ts';
import { readVerdicts } from '../../models/evaluate/verdict.ts';
import { FEATURE_NAMES } from '../../models/features/vector.ts';
import { codeVersion } from '../../models/registry/code.ts';
import { sha256Of } from '../../models/registry/hash.ts';
import { openModel } from '../../models/registry/registry.ts';
import { reproduce } from '../../models/registry/reproduce.ts';
import { Snapshots, snapshotsIn } from '../../models/registry/snapshots.ts';
import { directoryStore } from '../../models/registry/store/directory.ts';
import { modelsIn } from '../../models/registry/store/place.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { examples } from './examples.ts';
import { memoryPorts } from './ports.ts';

const QUIET = new DefaultLogger('ERROR', () => {});

let room: Awaited<ReturnType<typeof memoryPorts>>;
let snapshot: Snapshot;
beforeAll(async () => {
  room = await memoryPorts({ examples: examples({ seed: 5, lists: 1_500, clicks: 'taste' }) });
  snapshot = await snapshotExamples(room.ports, { surface: 'home', until_ms: Date.UTC(2027, 0, 1) });
});
afterAll(() => room.clear());

/** Trains as a worker would; `onBeat` hears what Temporal would hear. */
function train(
  run: string,
  onBeat: (details: unknown, env: MockActivityEnvironment) => void = () => {},
  more: Partial<Config> = {},
  champion?: string,
) {
  const env = new MockActivityEnvironment({}, { logger: QUIET });
  env.on('heartbeat', details => onBeat(details, env));
  const { trainRanker } = createActivities({ ...room.ports, config: { ...room.ports.config, ...more } });
  return env.run<[], Candidate, () => Promise<Candidate>>(() => trainRanker({ snapshot, seed: 11, run, champion }));
}

/** Puts a candidate that nobody has judged into the registry. */
async function registered(candidate: Candidate): Promise<string> {
  const { kind, contents, learned_until_ms, provider } = candidate;
  const lineage = { snapshot: snapshot.sha256, parent: null, seed: 11, provider, learned_until_ms };
  const layout = { features: [...FEATURE_NAMES], features_version: snapshot.features_version };
  const said = { kind, created_ms: 1, ...layout, lineage, training: null, verdict: null, contents };
  return (await register(room.ports, 'home', await readCandidate(candidate), said)).model;
}

describe('training', () => {
  it('goes on after a cancellation from its checkpoint, to the same model as without one', async () => {
    const beats: unknown[] = [];
    const whole = await train('whole', details => beats.push(details));
    expect(whole.sha256).toBe(sha256Of(await readFile(whole.path)));
    expect(beats.at(-1)).toMatchObject({
      epoch: expect.any(Number),
      loss: expect.any(Number),
      directory: trainingIn(room.ports.config, 'whole'),
    });

    const cut = train('cut', (details, env) => {
      if ((details as { epoch?: number }).epoch === 3) env.cancel();
    });
    await expect(cut).rejects.toThrow(CancelledFailure);
    const resumed = await train('cut');
    expect(resumed.metrics.resumed_epochs).toBeGreaterThan(0);
    expect(resumed.sha256).toBe(whole.sha256);
  }, 60_000);

  it.each([
    { ranker: 'mlp', compress: 'none' },
    { ranker: 'mlp', compress: 'int8' },
    { ranker: 'fusion', compress: 'none' },
  ] as const)(
    'of a $ranker, compression $compress, passes the gate where popularity does not know tastes',
    async ({ ranker, compress }) => {
      const candidate = await train('judged', () => {}, { ranker, compress });
      expect(candidate.kind).toBe(ranker);
      expect(candidate.metrics.calibration_rows).toBeGreaterThan(500);
      const verdict = await evaluateRanker(room.ports, { snapshot, candidate, champion: null, seed: 11 });
      expect(verdict.checks.filter(check => !check.passed)).toEqual([]);
      expect(verdict.metrics.ndcg_candidate).toBeGreaterThan(verdict.metrics.ndcg_popularity!);
      const asked = new Set(verdict.checks.map(({ gate }) => gate));
      expect(asked).toEqual(new Set(Object.keys(GATES).filter(gate => gate !== 'parity' || compress !== 'none')));
      expect(await readVerdicts(verdictsIn(room.ports.config))).toContainEqual(verdict);

      expect(candidate.code).toBe(codeVersion());
      const code = '0.1.0+of-another-worker';
      const by = { parent: 'p', seed: 11, verdict, at_ms: 1 };
      const request = { surface: 'home' as const, snapshot, candidate: { ...candidate, code }, ...by };
      const { model } = await registerRanker(room.ports, request);
      const { manifest, items } = await openModel(modelsIn(room.ports.config), model);
      expect(manifest).toMatchObject({ kind: ranker, verdict: { passed: true }, lineage: { code } });
      expect(items).toHaveLength(ranker === 'fusion' ? 50 : 0);
      expect(await registerRanker(room.ports, request)).toMatchObject({ model });
      const other = { ...candidate, sha256: sha256Of(Buffer.from('x')) };
      await expect(registerRanker(room.ports, { ...request, candidate: other })).rejects.toThrow('MODEL_REFUSED');
      const better = { ...verdict, metrics: { ...verdict.metrics, ndcg_candidate: 1 } };
      await expect(registerRanker(room.ports, { ...request, verdict: better })).rejects.toThrow(/the verdict on home-/);
      const beside = await evaluateRanker(room.ports, { snapshot, candidate, champion: model, seed: 11 });
      expect(beside.metrics.ndcg_minus_champion).toBe(0);

      const places = { models: modelsIn(room.ports.config), snapshots: snapshotsIn(room.ports.config) };
      const again = await reproduce(places, model, trainingIn(room.ports.config, 'reproduced'));
      expect(again).toMatchObject({ same: true, snapshot: snapshot.sha256 });
      expect(again.code).toEqual({ registered: code, again: codeVersion() });
      expect(Object.keys(again.files)).toEqual(Object.keys(manifest.files));

      await clearTraining(room.ports, { run: 'judged' });
      await expect(readFile(candidate.path)).rejects.toThrow('ENOENT');
    },
    120_000,
  );

  it.each(['mlp', 'fusion'] as const)(
    'of a %s begins from the champion, and can be reproduced as long as nobody is erased who taught that one',
    async ranker => {
      const { config } = room.ports;
      const first = await train('first', () => {}, { ranker });
      expect(first).toMatchObject({ start: { cold: 'nobody said who serves' }, metrics: { warm: 0 } });
      const champion = await registered(first);
      const { manifest } = await openModel(modelsIn(config), champion);

      const next = await train('next', () => {}, { ranker }, champion);
      const start = { model: champion, sha256: manifest.files['model.onnx']!, snapshots: [snapshot.sha256] };
      expect(next).toMatchObject({ start, metrics: { warm: 1 } });
      expect(next.sha256).not.toBe(first.sha256);
      const verdict = await evaluateRanker(room.ports, { snapshot, candidate: next, champion, seed: 11 });
      const request = { surface: 'home' as const, snapshot, parent: champion, seed: 11, verdict, at_ms: 1 };
      const { model } = await registerRanker(room.ports, { ...request, candidate: next });
      expect((await openModel(modelsIn(config), model)).manifest.lineage).toMatchObject({ start });
      const kept = directoryStore(path.join(config.dataDir, 'kept'));
      await new Snapshots(snapshotsIn(config).directory, kept).keep(snapshot.sha256);
      const elsewhere = new Snapshots(path.join(config.dataDir, 'elsewhere'), kept);
      const places = { models: modelsIn(config), snapshots: elsewhere };
      expect(await reproduce(places, model, trainingIn(config, 'again'))).toMatchObject({ same: true });

      const erased = { ...next, start: { ...start, snapshots: ['e'.repeat(64)] } };
      const registering = registerRanker(room.ports, { ...request, candidate: erased });
      await expect(registering).rejects.toThrow(/MODEL_REFUSED.*erased, or not kept any longer/);
    },
    120_000,
  );

  it('on a snapshot that is gone fails for good', async () => {
    const env = new MockActivityEnvironment({}, { logger: QUIET });
    const lost = { ...snapshot, path: `${snapshot.path}.gone` };
    const training = env.run(createActivities(room.ports).trainRanker, { snapshot: lost, seed: 1, run: 'lost' });
    await expect(training).rejects.toMatchObject({ type: 'INPUT_INVALID', nonRetryable: true });
  }, 20_000);

  it('does not leave its directory, whatever the run is called', async () => {
    const training = createActivities(room.ports).trainRanker({ snapshot, seed: 1, run: '../elsewhere' });
    await expect(training).rejects.toMatchObject({ type: 'INPUT_INVALID', nonRetryable: true });
  });
});
