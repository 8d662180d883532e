import { randomUUID } from 'node:crypto';
import { ensureChampion } from '../../../../activities/ensure-champion.ts';
import { register } from '../../../../activities/register-ranker.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../../../models/features/vector.ts';
import { popularityModel } from '../../../../models/ranker/popularity.ts';
import { openChampions } from '../../../../streams/champions.ts';
import type { CanaryInput, canary } from '../../../../workflows/canary/canary.ts';
import { TASK_QUEUE } from '../../../../workflows/places.ts';
import type { RollbackInput, rollback } from '../../../../workflows/rollback.ts';
import { portsOf } from '../../../activities/ports.ts';
import { aboutBytes, sealedVerdict } from '../../../activities/verdicts.ts';
import { caughtIn, round } from '../../moves.ts';
import { insertsInto, writesTo } from '../../network/requests.ts';
import type { Fault, Room } from '../../suite.ts';
import { OF_WORKFLOWS, openWorkflowRoom, standing, type WorkflowRoom } from './room.ts';

const WORKERS = 2;
const ROUNDS = 12;
/** In these rounds the worker that promotes is killed: before the audit row, and before the record on the topic. */
const KILLED: Record<number, 'row' | 'record'> = { 3: 'row', 7: 'record' };

interface Model {
  model: string;
  manifest: string;
}

export const PROMOTIONS_RACE: Fault = {
  ...OF_WORKFLOWS,
  number: 20,
  name: 'promotions race',
  inject:
    'two promotions and a rollback at once by two workers, twelve times; the workers are killed before an audit row, and before a record',
  expect: 'one champion',
  async run(room) {
    const { stack, progress } = room;
    const workflows = await openWorkflowRoom(room);
    const models = await registered(room);
    const broken: string[] = [];
    const count = { promoted: 0, rolled_back: 0, refused: 0, kills: 0 };
    let slowest_ms = 0;
    try {
      for (let n = 0; n < WORKERS; n++) await workflows.startWorker();
      for (let turn = 1; turn <= ROUNDS; turn++) {
        const before = await standing(stack);
        const champion = before.models.at(-1)!;
        const [a, b] = rivals(models, champion, room);
        const began_ms = Date.now();
        const race = [promote(workflows, a, champion), promote(workflows, b, champion), rollBack(workflows)];
        const point = KILLED[turn];
        const killed = point && killAt(room, workflows, point);
        const ends = await Promise.all(race);
        if (killed) {
          broken.push(...(await killed));
          count.kills++;
        }
        slowest_ms = Math.max(slowest_ms, Date.now() - began_ms);
        count.promoted += ends.filter(end => end === 'promoted').length;
        count.rolled_back += ends.filter(end => end === 'rolled back').length;
        count.refused += ends.filter(end => end === 'refused').length;
        const after = await standing(stack);
        broken.push(...after.broken.map(what => `round ${turn}: ${what}`));
        const done = ends.filter(end => end !== 'refused').length;
        const added = after.rows - before.rows;
        // Who asks for what has just come is told that it serves, without a row of his own.
        if (added > done || (done > 0 && added === 0))
          broken.push(`round ${turn}: ${done} came through, with ${added} rows`);
        progress(`round ${turn}: ${ends.join(', ')}`);
      }
      const { rows, raw } = await standing(stack);
      return {
        broken,
        measured: { rounds: ROUNDS, ...count, rows, raw_rows: raw, slowest_s: round(slowest_ms / 1_000, 1) },
      };
    } finally {
      await workflows.close();
    }
  },
};

function rivals(models: readonly Model[], champion: string, { random }: Room): [Model, Model] {
  const others = models.filter(({ model }) => model !== champion);
  const first = random.below(others.length);
  return [others[first]!, others[(first + 1 + random.below(others.length - 1)) % others.length]!];
}

type End = 'promoted' | 'rolled back' | 'refused';

/** A canary without stages promotes at once, and refuses where another one has come. */
function promote({ client }: WorkflowRoom, { model, manifest }: Model, champion: string): Promise<End> {
  const input: CanaryInput = {
    ...{ surface: 'home', model, manifest, champion, stages: [] },
    ...{ reason: 'a race', requestedBy: 'faults' },
  };
  const options = { taskQueue: TASK_QUEUE, workflowId: `race-${randomUUID()}`, args: [input] as [CanaryInput] };
  return client.temporal.workflow.execute<typeof canary>('canary', options).then(
    () => 'promoted',
    () => 'refused',
  );
}

function rollBack({ client }: WorkflowRoom): Promise<End> {
  const input: RollbackInput = { surface: 'home', by: 'faults', reason: 'a race' };
  const options = { taskQueue: TASK_QUEUE, workflowId: `race-${randomUUID()}`, args: [input] as [RollbackInput] };
  return client.temporal.workflow.execute<typeof rollback>('rollback', options).then(
    () => 'rolled back',
    () => 'refused',
  );
}

/** All workers die before one of them writes; others come. @returns what is wrong */
async function killAt(room: Room, workflows: WorkflowRoom, before: 'row' | 'record'): Promise<string[]> {
  const { clickhouse, kafka } = room.stack;
  const trap =
    before === 'row'
      ? clickhouse.proxy.trap('before', insertsInto('promotions'))
      : kafka.proxy.trap('before', writesTo('worker', 'models'));
  const caught = await caughtIn(trap, room);
  await Promise.all(room.stack.running('worker').map(worker => worker.kill()));
  caught?.cut();
  for (let n = 0; n < WORKERS; n++) await workflows.startWorker();
  return caught ? [] : [`no worker wrote a ${before}`];
}

/** Judged models that may all serve, beside popularity, which does: each orders by another feature. */
async function registered({ stack }: Room): Promise<Model[]> {
  const { config, store, bus } = stack;
  const champions = await openChampions(bus);
  const ports = portsOf({ config, store, champions });
  const models: Model[] = [];
  for (const feature of ['pair.category', 'pair.brand', 'item.clicks.1d', 'item.log_price']) {
    const model = popularityModel(FEATURE_NAMES, feature);
    const lineage = { snapshot: null, parent: null, seed: 1, provider: 'cpu' } as const;
    const layout = { features: [...FEATURE_NAMES], features_version: FEATURES_VERSION };
    const verdict = await sealedVerdict(config, aboutBytes(model));
    const about = { kind: 'mlp', created_ms: Date.now(), ...layout, lineage, training: null, verdict } as const;
    models.push(await register(ports, 'home', { model }, about));
  }
  await ensureChampion(ports, { surface: 'home', workflow: 'faults', at_ms: Date.now() });
  await champions.stop();
  return models;
}
