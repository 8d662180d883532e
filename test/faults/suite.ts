import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Random, random } from '../../models/random.ts';
import type { JobName } from '../../streams/graph.ts';
import { judge, type Verdict } from './invariants.ts';
import { openLedger, readLedger } from './ledger.ts';
import { untilQuiet } from './quiet.ts';
import type { Stack } from './stack.ts';
import { startTraffic, type Traffic, type TrafficOptions, USUAL } from './traffic.ts';

/** A fault: what is done to the running system, and what has to hold beside the invariants. */
export interface Fault {
  number: number;
  name: string;
  inject: string;
  expect: string;
  jobs: readonly JobName[];
  environment?: Record<string, string>;
  /** Whether there are workflows, and so a Temporal. */
  temporal?: boolean;
  /** Whether it asks jobs what memory they hold. */
  tellsMemory?: boolean;
  traffic?: Partial<TrafficOptions>;
  /** What is otherwise with such a seed. */
  variant?(seed: number): Partial<Pick<Fault, 'jobs' | 'environment'>>;
  /** Does it and heals it. What is broken then is told in words. */
  run(room: Room): Promise<Findings>;
}

export interface Findings {
  measured?: Record<string, number | string>;
  broken?: string[];
  /** What can be told only when everything is quiet again. */
  afterwards?(): Promise<Findings>;
}

/** What a fault works with. */
export interface Room {
  stack: Stack;
  traffic: Traffic;
  random: Random;
  seed: number;
  /** In the everyday tests: less of it. */
  brief: boolean;
  minutes: number;
  progress(line: string): void;
  signal: AbortSignal;
  /** Ends the traffic, waits until all is read, and judges; a fault that destroys what is judged asks for it before. */
  settle(): Promise<Settled>;
}

export type Settled = Verdict & { recovery_ms: number; behind: string[] };

export interface Outcome extends Omit<Settled, 'behind'> {
  case: number;
  fault: string;
  seed: number;
  passed: boolean;
  broken: string[];
  measured: Record<string, number | string>;
}

export interface RunOptions {
  seed: number;
  brief?: boolean;
  minutes?: number;
  progress(line: string): void;
  signal: AbortSignal;
}

const QUIET_MS = 180_000;

/** One fault on a running stack: traffic, the fault, its end, quiet, and then what the ledger says. */
export async function runFault(fault: Fault, stack: Stack, options: RunOptions): Promise<Outcome> {
  const { seed, brief = false, minutes = 30, progress, signal } = options;
  const directory = await mkdtemp(path.join(os.tmpdir(), 'temper-ledger-'));
  const file = path.join(directory, 'ledger.jsonl');
  const ledger = openLedger(file);
  const prefix = `f${fault.number}-${seed}-${path.basename(directory).slice(-6)}`;
  let traffic: Traffic | undefined;
  try {
    await Promise.all(fault.jobs.filter(job => stack.running(job).length === 0).map(job => stack.run(job)));
    traffic = await startTraffic(stack.bus, ledger, { prefix, seed, options: { ...USUAL, ...fault.traffic } });
    const { settle } = settling(stack, traffic, fault, file, signal);
    const room = { stack, traffic, random: random(seed, 3), seed, brief, minutes, progress, signal, settle };
    const during = await fault.run(room);
    const { behind, ...verdict } = await settle();
    const after = (await during.afterwards?.()) ?? {};
    const broken = [...(during.broken ?? []), ...behind, ...(after.broken ?? []), ...brokenIn(verdict)];
    return {
      case: fault.number,
      fault: fault.name,
      seed,
      passed: broken.length === 0,
      ...verdict,
      broken,
      measured: { ...during.measured, ...after.measured },
    };
  } finally {
    stack.kafka.proxy.set({ kind: 'clear' });
    stack.clickhouse.proxy.set({ kind: 'clear' });
    stack.temporal?.proxy.set({ kind: 'clear' });
    await traffic?.stop().catch(() => {});
    ledger.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function settling(stack: Stack, traffic: Traffic, fault: Fault, file: string, signal: AbortSignal) {
  let settled: Promise<Settled> | undefined;
  const work = async (): Promise<Settled> => {
    const healed_ms = Date.now();
    await traffic.stop();
    const gone = fault.jobs.filter(job => stack.running(job).length === 0).map(job => `${job} ended by itself`);
    const within_ms = gone.length === 0 ? QUIET_MS : 0;
    const behind = [...gone, ...(await untilQuiet(stack.bus, fault.jobs, { within_ms, signal }))];
    const recovery_ms = Date.now() - healed_ms;
    return { ...(await judge(stack, readLedger(file), traffic.prefix)), recovery_ms, behind };
  };
  return {
    settle: () => {
      settled ??= work();
      return settled;
    },
  };
}

export function brokenIn({ features_equal, ...verdict }: Verdict): string[] {
  const { lost, lists_lost, duplicated, gaps, unanswered, dead_letters_wrong } = verdict;
  const none = { lost, lists_lost, duplicated, gaps, unanswered, dead_letters_wrong };
  const some = Object.entries(none).flatMap(([name, n]) => (n === 0 ? [] : [`${name}: ${n}`]));
  return features_equal ? some : [...some, 'features differ from a recomputation'];
}
