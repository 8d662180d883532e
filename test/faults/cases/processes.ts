import { setTimeout as sleep } from 'node:timers/promises';
import { slope } from '../../../bench/scorer/figures.ts';
import { createLog } from '../../../schemas/log.ts';
import { startFeatures } from '../../../streams/features/job.ts';
import { JOBS, type JobName } from '../../../streams/graph.ts';
import type { JobContext } from '../../../streams/job.ts';
import { Report } from '../../../streams/report.ts';
import { startSinks } from '../../../streams/sinks/job.ts';
import { caughtIn, killAt, only, round, underway, until } from '../moves.ts';
import type { Caught } from '../network/proxy.ts';
import { commits, insertsInto, writesTo } from '../network/requests.ts';
import { lagOf } from '../quiet.ts';
import type { Fault, Room } from '../suite.ts';
import { deadLettersOf, sendPoison } from './poison.ts';

type Point = [job: JobName, when: string, trap: (room: Room) => Promise<Caught>];

const inKafka = (when: 'before' | 'after', matches: (request: Buffer) => boolean) => (room: Room) =>
  room.stack.kafka.proxy.trap(when, matches);
const inClickhouse = (when: 'before' | 'after') => (room: Room) =>
  room.stack.clickhouse.proxy.trap(when, insertsInto('events'));

/** The points of each round are met side by side. */
const ROUNDS: readonly Point[][] = [
  [
    ['sinks', 'before the insert', inClickhouse('before')],
    [
      'features',
      "between the items' updates and the user's record",
      inKafka('before', writesTo('features', 'features.user.log')),
    ],
    ['scorer', 'before the list is written', inKafka('before', writesTo('scorer', 'rank.lists'))],
  ],
  [
    ['sinks', 'in the middle of a dead letter', inKafka('after', writesTo('sinks', 'dead.letters'))],
    ['features', "before the items' updates", inKafka('before', writesTo('features', 'features.item.log'))],
    ['scorer', 'after the list, before the commit', inKafka('after', writesTo('scorer', 'rank.lists'))],
  ],
  [
    ['sinks', 'after the insert, before the commit', inClickhouse('after')],
    ['features', 'before the commit', inKafka('before', commits('features'))],
    ['scorer', 'before the commit', inKafka('before', commits('scorer'))],
  ],
  [
    ['sinks', 'before a dead letter', inKafka('before', writesTo('sinks', 'dead.letters'))],
    ['features', "after the user's record", inKafka('after', writesTo('features', 'features.user.log'))],
    ['scorer', 'after the list, before the commit', inKafka('after', writesTo('scorer', 'rank.lists'))],
  ],
];

export const CRASH: Fault = {
  number: 1,
  name: 'consumer crash',
  inject: 'kill -9 of each job before its effect, between its effects, before its commit, in mid dead letter',
  expect: 'exact resume',
  jobs: ['features', 'sinks', 'scorer'],
  async run(room) {
    const { stack, traffic, brief, random } = room;
    const rounds = brief ? ROUNDS.slice(0, 2) : ROUNDS;
    const broken: string[] = [];
    let poison = 0;
    for (const points of rounds) {
      await underway(room, 100 + random.below(200));
      const kills = points.map(([job, when, trap]) => killAt(room, job, when, trap(room)));
      if (points.some(([, when]) => when.includes('dead letter'))) {
        await sendPoison(stack.bus, traffic.prefix, 3);
        poison += 3;
      }
      broken.push(...(await Promise.all(kills)).flat());
      await Promise.all(points.map(([job]) => stack.run(job)));
    }
    return {
      broken,
      measured: { kills: rounds.flat().length },
      async afterwards() {
        const { letters, copies } = await deadLettersOf(stack, traffic.prefix);
        const measured = { dead_letters: letters, dead_letter_copies: copies };
        return { measured, broken: letters === poison ? [] : [`${letters} dead letters in place of ${poison}`] };
      },
    };
  },
};

export const ZOMBIE: Fault = {
  number: 2,
  name: 'zombie',
  inject:
    'SIGSTOP in mid-write, of users (even seeds) or items (odd), until another process has taken over; then the late write arrives, and SIGCONT',
  expect: 'no duplicate in the end, the zombie stops',
  jobs: ['features', 'sinks', 'scorer'],
  async run(room) {
    const { stack, signal, seed } = room;
    const log = seed % 2 === 0 ? 'features.user.log' : 'features.item.log';
    await underway(room);
    const [sinks, features] = [only(room, 'sinks'), only(room, 'features')];
    const traps = [
      ['sinks', sinks, stack.clickhouse.proxy.trap('before', insertsInto('events'))],
      ['features', features, stack.kafka.proxy.trap('before', writesTo('features', log))],
    ] as const;
    const broken: string[] = [];
    const held: Caught[] = [];
    for (const [job, zombie, trap] of traps) {
      const caught = await caughtIn(trap, room);
      process.kill(zombie.pid, 'SIGSTOP');
      if (caught) held.push(caught);
      else broken.push(`${job} wrote nothing`);
    }
    const frozen_ms = Date.now();
    await Promise.all([stack.run('sinks'), stack.run('features')]);
    const [stood, standing] = [await stands(room), () => stands(room)];
    const tookOver = await until(async () => (await standing()).every((at, n) => at > stood[n]!), {
      within_ms: 90_000,
      signal,
    });
    const takeover_ms = Date.now() - frozen_ms;
    if (!tookOver) broken.push('nobody took over');
    await underway(room, 500);
    for (const caught of held) caught.release();
    for (const zombie of [sinks, features]) process.kill(zombie.pid, 'SIGCONT');
    await underway(room, 500);
    return { broken, measured: { takeover_ms, late_writes: held.length } };
  },
};

/** What the two groups have committed of the events, each in its slowest partition; nothing yet is 0. */
async function stands({ stack }: Room): Promise<number[]> {
  const groups = ['temper.sinks', 'temper.features.users'];
  const standing = await Promise.all(groups.map(group => stack.bus.committed(group, 'shop.events')));
  const partitions = Array.from({ length: stack.config.partitions }, (_, partition) => partition);
  return standing.map(committed => Math.min(...partitions.map(partition => committed.get(partition) ?? 0)));
}

const STORM = { seconds: 60, stay_ms: 2_000 };

export const STORMS: Fault = {
  number: 3,
  name: 'rebalance storm',
  inject: 'another member of each group joins and leaves every 2 s for a minute',
  expect: 'progress, no gap',
  jobs: ['features', 'sinks', 'scorer'],
  async run(room) {
    const { stack, signal, progress } = room;
    const { config, bus, store } = stack;
    await underway(room);
    const context = (job: JobName): JobContext => {
      return { config, bus, store, report: new Report(job, `storm-${job}`), log: createLog('storm', 'silent') };
    };
    const lag: [number, number][] = [];
    const stood = await stands(room);
    const began_ms = Date.now();
    let joins = 0;
    while (Date.now() < began_ms + STORM.seconds * 1_000) {
      const guests = await Promise.all([startSinks(context('sinks')), startFeatures(context('features'))]);
      joins += guests.length;
      await sleep(STORM.stay_ms, undefined, { signal });
      await Promise.all(guests.map(guest => guest.stop()));
      const all = await lagOf(bus, ['features', 'sinks']);
      const behind = [...all].filter(([what]) => what.endsWith('shop.events')).map(([, records]) => records);
      lag.push([(Date.now() - began_ms) / 1_000, Math.max(...behind)]);
    }
    progress(`${joins} joins`);
    const got_on = (await stands(room)).map((at, n) => at - stood[n]!);
    const measured = {
      joins,
      sinks_got_on: got_on[0]!,
      features_got_on: got_on[1]!,
      lag_slope_per_s: round(slope(lag), 1),
      greatest_lag: Math.max(...lag.map(([, records]) => records)),
    };
    return { measured, broken: got_on.every(n => n > 0) ? [] : ['a group did not get on'] };
  },
};

const SLOW = { each_way_ms: 6_500, seconds: 100 };

export const SLOW_HANDLER: Fault = {
  number: 4,
  name: 'slow handler',
  inject: 'every answer of ClickHouse takes 13 s, beyond the session timeout of 10 s, for 100 s',
  expect: 'no livelock',
  jobs: ['features', 'sinks', 'scorer'],
  async run(room) {
    const { stack, signal } = room;
    await underway(room);
    stack.clickhouse.proxy.set({ kind: 'slow', delay_ms: SLOW.each_way_ms, bytes_per_s: 10_000_000 });
    const stood: number[] = [];
    let commitsSeen = 0;
    for (let second = 0; second < SLOW.seconds; second++) {
      const sum = await archived(room);
      if (stood.length > 0 && sum > stood.at(-1)!) commitsSeen++;
      stood.push(sum);
      await sleep(1_000, undefined, { signal });
    }
    stack.clickhouse.proxy.set({ kind: 'clear' });
    const late = stood.at(-1)! - stood[Math.floor(stood.length / 2)]!;
    const measured = {
      commits_per_min: round((commitsSeen * 60) / SLOW.seconds, 1),
      records_in_first_half: stood[Math.floor(stood.length / 2)]! - stood[0]!,
      records_in_second_half: late,
    };
    return { measured, broken: late > 0 ? [] : ['the sinks did not get on'] };
  },
};

/** What the sinks have committed, over all topics and partitions. */
async function archived({ stack }: Room): Promise<number> {
  const standing = await Promise.all(JOBS.sinks.reads.map(topic => stack.bus.committed('temper.sinks', topic)));
  return standing.flatMap(partitions => [...partitions.values()]).reduce((a, b) => a + b, 0);
}
