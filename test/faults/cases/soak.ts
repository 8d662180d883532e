import { setTimeout as sleep } from 'node:timers/promises';
import type { JobProcess } from '../../job-process.ts';
import { growth, type Point, secondHalf } from '../flat.ts';
import { descriptors, memory_mb, round, underway } from '../moves.ts';
import type { Fault, Room } from '../suite.ts';

const SAMPLE_MS = 2_000;
const PAUSE_MS = 10_000;
/** So often in all, in the pause behind a trouble, jobs are asked what they hold. */
const ASKED = 24;
/**
 * What counts as growth. What a job holds when all garbage is gone is told to a MB or so. Its resident memory has garbage,
 * which V8 leaves until there is more of it, and what the allocator keeps; connections come and go.
 */
const MOST = {
  held: { per_hour: 16, in_all: 4 },
  resident: { per_hour: 120, in_all: 30 },
  descriptors: { per_hour: 60, in_all: 8 },
};

/** Of fewer points no trend is told. */
const LEAST = 5;

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
  tellsMemory: true,
  async run(room) {
    const { stack, minutes, random, signal, progress } = room;
    await underway(room);
    const began_ms = Date.now();
    const hours = () => (Date.now() - began_ms) / 3_600_000;
    const watched = stack.running().map(job => new Watched(job, hours));
    const sampling = setInterval(() => {
      for (const each of watched) each.sample();
    }, SAMPLE_MS);
    const duration_ms = minutes * 60_000;
    let troubles = 0;
    try {
      for (let ask_ms = 0; Date.now() < began_ms + duration_ms; troubles++) {
        const [name, inject] = TROUBLES[random.below(TROUBLES.length)]!;
        progress(name);
        await inject(room);
        await sleep(PAUSE_MS, undefined, { signal });
        if (Date.now() < began_ms + ask_ms) continue;
        ask_ms += duration_ms / ASKED;
        await Promise.all(watched.map(each => each.ask()));
      }
    } finally {
      clearInterval(sampling);
    }
    const found = watched.map(each => each.verdict());
    return {
      measured: Object.assign({ troubles }, ...found.map(({ measured }) => measured)),
      broken: found.flatMap(({ broken }) => broken),
    };
  },
};

/** A job through the soak. */
class Watched {
  readonly #job: JobProcess;
  readonly #hours: () => number;
  readonly #points = { held: [] as Point[], resident: [] as Point[], descriptors: [] as Point[] };

  constructor(job: JobProcess, hours: () => number) {
    this.#job = job;
    this.#hours = hours;
  }

  sample(): void {
    this.#points.resident.push([this.#hours(), memory_mb(this.#job.pid)]);
  }

  async ask(): Promise<void> {
    const held_mb = await this.#job.held_mb();
    if (held_mb !== undefined) this.#points.held.push([this.#hours(), held_mb]);
    this.#points.descriptors.push([this.#hours(), descriptors(this.#job.pid)]);
  }

  verdict(): { measured: Record<string, number>; broken: string[] } {
    const { job } = this.#job;
    const measured: Record<string, number> = {
      [`${job}_most_resident_mb`]: round(Math.max(...this.#points.resident.map(([, mb]) => mb))),
    };
    const broken: string[] = [];
    for (const what of ['held', 'resident', 'descriptors'] as const) {
      const late = secondHalf(this.#points[what]);
      const { per_hour, in_all } = growth(late);
      const unit = what === 'descriptors' ? '' : '_mb';
      measured[`${job}_${what}${unit}`] = round(late.at(-1)?.[1] ?? 0, 1);
      measured[`${job}_${what}${unit}_per_hour`] = round(per_hour, 1);
      const most = MOST[what];
      if (per_hour > most.per_hour && in_all > most.in_all) {
        broken.push(`${job}, ${what}: grows by ${round(per_hour)} an hour, ${round(in_all, 1)} in the second half`);
      }
      if (late.length < LEAST) broken.push(`${job}, ${what}: told ${late.length} times in the second half`);
    }
    return { measured, broken };
  }
}
