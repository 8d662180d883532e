import { setTimeout as sleep } from 'node:timers/promises';
import { memory_mb, round, underway } from '../moves.ts';
import type { Fault } from '../suite.ts';

const BROKER = { crashes: 2, down_ms: 3_000 };

export const BROKER_CRASH: Fault = {
  number: 5,
  name: 'broker crash',
  inject: 'kill -9 of the broker in mid-stream, twice; it starts again within seconds',
  expect: 'no acknowledged loss',
  jobs: ['features', 'sinks', 'scorer'],
  async run(room) {
    const { stack, random, signal } = room;
    for (let crash = 0; crash < BROKER.crashes; crash++) {
      await underway(room, 200 + random.below(400));
      await stack.kafka.crash();
      await sleep(random.below(BROKER.down_ms), undefined, { signal });
      await stack.kafka.start();
    }
    await underway(room);
    return { measured: { crashes: BROKER.crashes } };
  },
};

const SLOW = { delay_ms: 500, bytes_per_s: 50_000, seconds: 60, growth_mb: 150 };

export const SLOW_BROKER: Fault = {
  number: 6,
  name: 'slow broker',
  inject: 'each way to Kafka takes 500 ms and carries 50 KB/s a connection, for a minute',
  expect: 'bounded queues',
  jobs: ['features', 'sinks', 'scorer'],
  async run(room) {
    const { stack, signal } = room;
    await underway(room);
    const pids = room.stack.running().map(({ job, pid }) => ({ job, pid }));
    const before = new Map(pids.map(({ job, pid }) => [job, memory_mb(pid)]));
    const most = new Map(before);
    const acknowledged = room.traffic.acknowledged();
    stack.kafka.proxy.set({ kind: 'slow', delay_ms: SLOW.delay_ms, bytes_per_s: SLOW.bytes_per_s });
    for (let second = 0; second < SLOW.seconds; second++) {
      await sleep(1_000, undefined, { signal });
      for (const { job, pid } of pids) most.set(job, Math.max(most.get(job)!, memory_mb(pid)));
    }
    stack.kafka.proxy.set({ kind: 'clear' });
    const growth = [...most].map(([job, mb]) => [job, round(mb - before.get(job)!)] as const);
    const measured = Object.fromEntries(growth.map(([job, mb]) => [`${job}_growth_mb`, mb]));
    return {
      measured: { ...measured, acknowledged_meanwhile: room.traffic.acknowledged() - acknowledged },
      broken: growth.filter(([, mb]) => mb > SLOW.growth_mb).map(([job, mb]) => `${job} grew by ${mb} MB`),
    };
  },
};
