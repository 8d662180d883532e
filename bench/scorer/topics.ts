import { fork } from 'node:child_process';
import { once } from 'node:events';
import { progress } from '../../cli/output.ts';
import { FEATURE_NAMES } from '../../models/features/vector.ts';
import { openSession, type Session } from '../../models/graph/runtime.ts';
import { random } from '../../models/random.ts';
import { childEnvironment } from '../../schemas/settings/config.ts';
import type { Embedded } from '../embedded.ts';
import { backlogRate, capacity, SCORER, warmUp } from './backlog.ts';
import type { WantedEcho } from './echo.process.ts';
import { openExchange, waitsOf } from './exchange.ts';
import { quantiles, rounded } from './figures.ts';
import { run } from './in-process.ts';
import { benchRanker } from './ranker.ts';
import { openRoom, type Room } from './room.ts';
import { CANDIDATES } from './shop.ts';

export interface TopicFigures {
  topic_to_topic: {
    p50_ms: number;
    p99_ms: number;
    echo_p50_ms: number;
    echo_p99_ms: number;
    ort_p99_ms: number;
    ratio: number;
    requests_per_second: number;
    unanswered: number;
  };
  throughput_ratio: number;
  throughput: { lists_per_second: number; lists_per_cpu_second: number; ort_p50_ms: number };
}

const ECHO = { requests: 'bench.requests', answers: 'bench.answers' };
const ORT_RUNS = 1_000;

/** A scorer's process behind real topics: what it works off, and how long lists take at half of it, beside an echo. */
export async function benchTopics(embedded: Embedded, rounds: number, seconds: number): Promise<TopicFigures> {
  const room = await openRoom(embedded, 1);
  const session = await openSession(benchRanker(0));
  try {
    await warmUp(room);
    const bytes = await bytesOfLists(room);
    progress(`lists have ${bytes} bytes`);
    const bare: number[] = [];
    const worked = await backlogRate(room, async () => void bare.push(...(await runsOf(session))));
    const throughput = { ...worked, ort_p50_ms: quantiles(bare).p50 };
    progress(`${throughput.lists_per_second} lists a second, ${throughput.lists_per_cpu_second} a CPU-second`);
    const rate = Math.max(1, Math.round((await capacity(room)) / 2));
    const topic_to_topic = await beside(embedded, room, session, { rate, rounds, seconds, bytes });
    const throughput_ratio = rounded((throughput.lists_per_second * throughput.ort_p50_ms) / 1_000, 3);
    return { topic_to_topic, throughput_ratio, throughput };
  } finally {
    await session.release();
    await room.stop();
  }
}

async function bytesOfLists({ bus }: Room): Promise<number> {
  let [bytes, lists] = [0, 0];
  await bus.follow({
    topics: [SCORER.answers],
    once: true,
    apply: (_topic, _partition, { value }) => {
      bytes += value!.length;
      lists++;
    },
  });
  return Math.round(bytes / lists);
}

async function runsOf(session: Session): Promise<number[]> {
  const { normal } = random(5);
  const features = Float32Array.from({ length: CANDIDATES * FEATURE_NAMES.length }, normal);
  const spent: number[] = [];
  for (let n = 0; n < ORT_RUNS; n++) {
    const started = performance.now();
    await run(session, features);
    spent.push(performance.now() - started);
  }
  return spent;
}

interface Beside {
  rate: number;
  rounds: number;
  seconds: number;
  bytes: number;
}

/** Scorer, echo and bare model in turns. */
async function beside(
  { bus, config }: Embedded,
  { shop }: Room,
  session: Session,
  { rate, rounds, seconds, bytes }: Beside,
): Promise<TopicFigures['topic_to_topic']> {
  const like = { partitions: config.partitions, replication: 1, config: {} };
  await bus.ensureTopics(Object.values(ECHO).map(topic => ({ topic, ...like })));
  const echo = await startEcho(config, { ...ECHO, bytes });
  const [ranks, echoes] = [await openExchange(bus, SCORER, shop), await openExchange(bus, ECHO, shop)];
  const waits: [scorer: number[], echo: number[], bare: number[]] = [[], [], []];
  for (let round = 0; round <= rounds; round++) {
    const answered = waitsOf(await ranks.ask({ rate, seconds }));
    const echoed = waitsOf(await echoes.ask({ rate, seconds }));
    const bare = await runsOf(session);
    if (round === 0) continue; // the echo's code is not compiled yet
    for (const [n, spent] of [answered, echoed, bare].entries()) waits[n]!.push(...spent);
    progress(`round ${round} of ${rounds}: p99 ${quantiles(answered).p99} ms, the echo's ${quantiles(echoed).p99} ms`);
  }
  await Promise.all([ranks.stop(), echoes.stop()]);
  await echo.stop();
  const [scorer, echoed, bare] = waits.map(quantiles) as [Quantiles, Quantiles, Quantiles];
  return {
    p50_ms: scorer.p50,
    p99_ms: scorer.p99,
    echo_p50_ms: echoed.p50,
    echo_p99_ms: echoed.p99,
    ort_p99_ms: bare.p99,
    ratio: rounded((scorer.p99 - echoed.p99) / bare.p99),
    requests_per_second: rate,
    unanswered: waits[0].filter(wait => !Number.isFinite(wait)).length,
  };
}

type Quantiles = ReturnType<typeof quantiles>;

async function startEcho(config: Room['config'], wanted: WantedEcho): Promise<{ stop(): Promise<void> }> {
  const child = fork(new URL('echo.process.ts', import.meta.url), {
    execArgv: ['--import', 'tsx'],
    env: childEnvironment(config),
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send(wanted);
  await once(child, 'message');
  return {
    async stop() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}
