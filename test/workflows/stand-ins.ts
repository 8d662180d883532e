import type { Activities, Candidate, FeatureComparison, Look, Snapshot, WatchLook } from '../../activities/index.ts';
import type { BackfillComparison } from '../../schemas/backfills.ts';
import type { Promotion, Verdict } from '../../schemas/models/models.ts';

const HASH = 'a'.repeat(64);

export const SNAPSHOT: Snapshot = {
  path: '/snapshots/a.bin',
  sha256: HASH,
  rows: 12_000,
  lists: 600,
  clicks: 480,
  purchases: 31,
  from_ms: 1_700_000_000_000,
  to_ms: 1_700_000_600_000,
  features_version: 'abc',
};

export const CANDIDATE: Candidate = {
  kind: 'mlp',
  path: '/training/r/model.onnx',
  sha256: HASH,
  bytes: 9_000,
  provider: 'cpu',
  metrics: { epochs: 4 },
};

export const CHAMPION: Promotion = {
  v: 1,
  surface: 'home',
  model: 'popularity-0000000000',
  manifest: HASH,
  previous: null,
  at_ms: 1_700_000_000_000,
  reason: 'the first',
};

export function verdictThat(passed: boolean): Verdict {
  const check = {
    name: 'ndcg',
    passed,
    value: 0.4,
    low: 0.3,
    high: 0.5,
    threshold: 0,
    reason: passed ? 'better' : 'worse',
  };
  return { passed, checks: [check], metrics: { ndcg: 0.4 } };
}

export const LOOK: Look = {
  decision: 'continue',
  reason: 'undecided',
  clicks: { champion: 0.4, difference: 0.02, low: -0.1, high: 0.14 },
  value: null,
  scales: { clicks: 0.04, value: 0 },
  ending: { passes: true, reason: 'no more than 5.0 % fewer' },
  lists: { champion: 5_000, challenger: 250 },
  users: { champion: 900, challenger: 45 },
  exposed: { users: 45, lists: 250 },
  shadow: null,
};

export const COMPARISON: FeatureComparison = {
  from_ms: 1,
  until_ms: 2,
  features_version: 'f',
  lists: 40,
  unseen: 1,
  vectors: 160,
  compared: 14_720,
  different: 1,
  leftOut: { 'product changed': 2 },
  features: [
    {
      feature: 'item.clicks.1d',
      compared: 160,
      different: 1,
      greatest: 0.5,
      worst: { list: 'l', item: 'i', logged: 1, rebuilt: 0.5 },
    },
  ],
};

export const WATCHED: WatchLook = {
  surface: 'home',
  at_ms: 1_700_000_900_000,
  model: 'home-1111111111',
  promoted_ms: 1_700_000_000_000,
  act: 'none',
  reason: '',
  workflow: 'watch-home/r',
  signals: [],
  drifts: [],
  retraining: { trial: [], approval: false },
};

export const AGREEING: BackfillComparison = {
  keys: 10,
  compared: 500,
  different: 0,
  example: null,
  changed: 4,
  bySql: { keys: 5, compared: 400, different: 0, example: null },
};

/** Activities that do nothing at once; a test replaces those that it is about. `calls` has their names in order. */
export function standIns(replaced: Partial<Activities> = {}): { activities: Activities; calls: string[] } {
  const calls: string[] = [];
  const plain: Activities = {
    ensureChampion: async () => CHAMPION,
    snapshotExamples: async () => SNAPSHOT,
    validateSnapshot: async () => verdictThat(true),
    trainRanker: async () => CANDIDATE,
    evaluateRanker: async () => verdictThat(true),
    registerRanker: async () => ({ model: 'home-1111111111', manifest: HASH }),
    promoteRanker: async request => ({ ...CHAMPION, model: request.model, previous: request.replaces }),
    setStage: async ({ workflow: _workflow, requested_by: _by, ...trial }) => {
      return { v: 1, role: 'challenger', salt: '0'.repeat(32), ...trial };
    },
    measureTrial: async () => LOOK,
    endTrial: async () => {},
    formerChampion: async () => ({ champion: CHAMPION.model, model: 'home-0000000000', manifest: HASH }),
    servingAmong: async () => [],
    lookAtChampion: async ({ surface, at_ms, workflow }) => ({ ...WATCHED, surface, at_ms, workflow }),
    recordDeed: async () => {},
    learnSearches: async () => ({ searches: 0, synonyms: 0, suggestions: 0 }),
    compareFeatures: async ({ from_ms, until_ms }) => ({ ...COMPARISON, from_ms, until_ms }),
    beginBackfill: async () => ({ partitions: 2, least: [], imports: [] }),
    positionBackfill: async ({ imports = [] }) => ({ until: [], users: [0, 0], items: [0, 0], imports, generation: 1 }),
    rebuildStates: async () => {},
    compareStates: async () => AGREEING,
    publishStates: async () => 0,
    recordRebuild: async () => {},
    clearBackfill: async () => {},
    markErased: async () => 2,
    awaitReaders: async () => {},
    markAgain: async ({ at_ms }) => at_ms,
    eraseRows: async () => {},
    eraseSnapshots: async () => {},
    cutLogs: async () => {},
    scanStores: async () => [],
    recordErasure: async () => ({ rows: {}, records: {}, snapshots: [], models: [] }),
    clearTraining: async () => {},
    retain: async () => ({ tables: [], snapshots: [], models: [], candidates: [] }),
  };
  const activities = Object.fromEntries(
    Object.entries({ ...plain, ...replaced }).map(([name, work]) => [
      name,
      (request: never) => {
        calls.push(name);
        return (work as (request: never) => unknown)(request);
      },
    ]),
  );
  return { activities: activities as unknown as Activities, calls };
}
