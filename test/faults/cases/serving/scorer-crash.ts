import { setTimeout as sleep } from 'node:timers/promises';
import { benchRanker } from '../../../../bench/scorer/ranker.ts';
import type { JobProcess } from '../../../job-process.ts';
import { round, underway, until } from '../../moves.ts';
import type { Fault, Room } from '../../suite.ts';
import { percentile } from '../../traffic.ts';
import { killInSwaps } from './killed-swaps.ts';
import { astray, isLate, openServingRoom, type ServingRoom } from './room.ts';

const MODEL = 'serves';
const WITHIN_MS = 600_000;
/** Partitions move while a scorer joins: what waits for that is no part of the fault. */
const CALM_MS = 10_000;

export const SCORER_CRASH: Fault = {
  number: 23,
  name: 'scorer crash',
  inject:
    'of two scorers one is killed with -9; of two again one is frozen until the other has taken over, then goes on; then the only one is killed with -9 in each step of a swap',
  expect: 'the other takes over, late requests get a fallback list; who was promoted serves after each kill',
  jobs: ['features', 'sinks', 'scorer'],
  environment: { TEMPER_LOG: 'debug', TEMPER_EXPLORATION: '0', TEMPER_CONTROL: '0' },
  traffic: { requests_per_s: 20, events_per_s: 50 },
  async run(room) {
    const serving = await openServingRoom(room);
    const { stack, progress } = room;
    const broken: string[] = [];
    try {
      await serving.promote(await serving.plant(MODEL, benchRanker(1)));
      await stack.run('scorer');
      const killed = await hit(room, serving, async victim => {
        await victim.kill();
        return async () => {};
      });
      progress(`killed: taken over after ${round(killed.takeover_ms / 1_000, 1)} s`);
      await stack.run('scorer');
      const frozen = await hit(room, serving, async victim => {
        process.kill(victim.pid, 'SIGSTOP');
        return async () => void process.kill(victim.pid, 'SIGCONT');
      });
      progress(`frozen: taken over after ${round(frozen.takeover_ms / 1_000, 1)} s`);
      await scorersLeft(room, 1);
      const swaps = await killInSwaps(room, serving);
      broken.push(...killed.broken, ...frozen.broken, ...swaps.broken);
      await room.settle();
      const lists = await serving.lists();
      const late = lists.filter(isLate);
      const unmarked = late.filter(({ arm }) => arm !== 'fallback').length;
      if (unmarked > 0) broken.push(`${unmarked} late lists are not marked`);
      const without = astray(lists.filter(({ at_ms }) => at_ms > swaps.since_ms)).length;
      if (without > 0) broken.push(`${without} lists without a champion`);
      const answers = new Set(lists.map(({ id }) => id));
      const measured = {
        killed_takeover_ms: killed.takeover_ms,
        frozen_takeover_ms: frozen.takeover_ms,
        ...swaps.measured,
        late: late.length,
        answered_twice: lists.length - answers.size,
        wait_p50_ms: round(percentile(room.traffic.waits_ms(), 0.5)),
        wait_p99_ms: round(percentile(room.traffic.waits_ms(), 0.99)),
      };
      if (late.length === 0) broken.push('no request was late: the fault was none');
      return { broken, measured };
    } finally {
      await serving.close();
    }
  },
};

/** The fault to one of two scorers, and how long it takes until all that was asked meanwhile has a list. */
async function hit(room: Room, serving: ServingRoom, fault: (victim: JobProcess) => Promise<() => Promise<void>>) {
  const { stack, traffic, signal, random } = room;
  const broken: string[] = [];
  const both = () => serving.board.reports(Date.now()).filter(({ job, counts }) => job === 'scorer' && counts.lists);
  if (!(await until(() => both().length === 2, { within_ms: WITHIN_MS, signal })))
    broken.push('one scorer had no part');
  await sleep(CALM_MS, undefined, { signal });
  await underway(room, 50);
  const scorers = stack.running('scorer');
  const heal = await fault(scorers[random.below(scorers.length)]!);
  const since_ms = Date.now();
  await underway(room, 200);
  const owed = traffic.asked();
  const isOver = () => traffic.answered() >= owed;
  if (!(await until(isOver, { within_ms: WITHIN_MS, signal }))) broken.push('nobody took over');
  const takeover_ms = Date.now() - since_ms;
  await heal();
  return { takeover_ms, broken };
}

async function scorersLeft({ stack }: Room, count: number): Promise<void> {
  await Promise.all(
    stack
      .running('scorer')
      .slice(count)
      .map(scorer => scorer.stop()),
  );
}
