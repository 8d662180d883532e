import { setTimeout as sleep } from 'node:timers/promises';
import { descriptors, memory_mb, round, slope, underway } from '../moves.ts';
import type { Fault, Room } from '../suite.ts';

const SAMPLE_MS = 2_000;
const PAUSE_MS = 10_000;
/** Beyond what a heap does by itself, over an hour; and in all: in a few minutes, so much is no more than warming up. */
const MOST = { mb_per_hour: 120, mb: 40, descriptors_per_hour: 60 };

type Trouble = [name: string, inject: (room: Room) => Promise<void>];

const TROUBLES: readonly Trouble[] = [
  ['reset', async ({ stack }) => [stack.kafka, stack.clickhouse].forEach(({ proxy }) => void proxy.reset())],
  [
    'slow broker',
    room => lasting(room, ({ stack }) => stack.kafka.proxy, { kind: 'slow', delay_ms: 200, bytes_per_s: 200_000 }),
  ],
  ['Kafka in a black hole', room => lasting(room, ({ stack }) => stack.kafka.proxy, { kind: 'black hole' })],
  ['ClickHouse in a black hole', room => lasting(room, ({ stack }) => stack.clickhouse.proxy, { kind: 'black hole' })],
  [
    'ClickHouse frozen',
    async ({ stack, signal }) => {
      stack.clickhouse.freeze();
      await sleep(5_000, undefined, { signal });
      stack.clickhouse.thaw();
    },
  ],
  [
    'broker crash',
    async ({ stack }) => {
      await stack.kafka.crash();
      await stack.kafka.start();
    },
  ],
  [
    'ClickHouse crash',
    async ({ stack }) => {
      await stack.clickhouse.crash();
      await stack.clickhouse.start();
    },
  ],
];

type TcpProxy = Room['stack']['kafka']['proxy'];

async function lasting(
  room: Room,
  of: (room: Room) => TcpProxy,
  weather: Parameters<TcpProxy['set']>[0],
): Promise<void> {
  of(room).set(weather);
  await sleep(5_000, undefined, { signal: room.signal });
  of(room).set({ kind: 'clear' });
}

export const SOAK: Fault = {
  number: 27,
  name: 'soak',
  inject:
    'the troubles of network and services in an order that the seed draws, for --minutes; the jobs live through it',
  expect: 'memory and descriptors stay flat',
  jobs: ['features', 'sinks', 'scorer', 'outcomes'],
  environment: { TEMPER_LABEL_WINDOW_MS: '5000', TEMPER_PURCHASE_WINDOW_MS: '30000' },
  async run(room) {
    const { stack, minutes, random, signal, progress } = room;
    await underway(room);
    const jobs = stack.running();
    const began_ms = Date.now();
    const ends_ms = began_ms + minutes * 60_000;
    const samples = jobs.map(({ job, pid }) => ({ job, pid, memory: [] as Point[], files: [] as Point[] }));
    const sampling = setInterval(() => {
      const hours = (Date.now() - began_ms) / 3_600_000;
      for (const { pid, memory, files } of samples) {
        memory.push([hours, memory_mb(pid)]);
        files.push([hours, descriptors(pid)]);
      }
    }, SAMPLE_MS);
    let troubles = 0;
    try {
      for (; Date.now() < ends_ms; troubles++) {
        const [name, inject] = TROUBLES[random.below(TROUBLES.length)]!;
        progress(name);
        await inject(room);
        await sleep(PAUSE_MS, undefined, { signal });
      }
    } finally {
      clearInterval(sampling);
    }
    const measured: Record<string, number> = { troubles };
    const broken: string[] = [];
    for (const { job, memory, files } of samples) {
      // A process fills its caches first.
      const late = (points: Point[]) => points.slice(Math.floor(points.length / 3));
      const [mb, fds] = [slope(late(memory)), slope(late(files))];
      const grown_mb = mb * (memory.at(-1)![0] - late(memory)[0]![0]);
      measured[`${job}_mb`] = round(memory.at(-1)![1]);
      measured[`${job}_mb_per_hour`] = round(mb);
      measured[`${job}_descriptors_per_hour`] = round(fds);
      if (mb > MOST.mb_per_hour && grown_mb > MOST.mb) broken.push(`${job} grows by ${round(mb)} MB an hour`);
      if (fds > MOST.descriptors_per_hour) broken.push(`${job} opens ${round(fds)} descriptors an hour`);
    }
    return { measured, broken };
  },
};

type Point = [hours: number, value: number];
