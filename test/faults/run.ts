import { mkdtemp, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { explain, printResult, progress, table } from '../../cli/output.ts';
import { TemperError } from '../../schemas/errors.ts';
import { FAULTS } from './cases/all.ts';
import { type Stack, startStack } from './stack.ts';
import { type Fault, type Outcome, runFault } from './suite.ts';

const HELP = `npm run faults -- --case N [--seed S] [--minutes M] [--json]
npm run faults -- --case all [--seed S]
npm run faults -- --list

Injects a fault into real processes of Kafka, ClickHouse and the jobs on this machine, and judges by a ledger what
is left: acknowledged events lost, duplicates, gaps, features against a recomputation, requests without a list.

  --case N     number of the fault, or all of them in turn (without the soak)
  --seed S     what is drawn: the traffic, the moments and the order of the faults; drawn itself if absent, and told
  --minutes M  how long the soak goes on (30)
  --json       one JSON object on standard output
  --list       the faults`;

const OPTIONS = {
  case: { type: 'string' },
  seed: { type: 'string' },
  minutes: { type: 'string', default: '30' },
  json: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;
const SOAK = 27;

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) process.stdout.write(`${HELP}\n`);
  else if (values.list) printResult({ cases: listed() }, values.json, listForPeople);
  else return run(values.case, Number(values.seed ?? Date.now() % 1_000_000), Number(values.minutes), values.json);
  return 0;
}

async function run(name: string | undefined, seed: number, minutes: number, json: boolean): Promise<number> {
  const chosen = FAULTS.filter(({ number }) => (name === 'all' ? number !== SOAK : String(number) === name));
  if (chosen.length === 0 || !Number.isSafeInteger(seed) || !(minutes > 0)) {
    const got = `--case ${name}, --seed ${seed}, --minutes ${minutes}`;
    throw new TemperError('INPUT_INVALID', { where: 'the options', got, next: 'See --help and --list' });
  }
  const stopping = new AbortController();
  // Not once: where no listener but execa's own is left, the signal ends this process before what it started is stopped.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
  }
  const outcomes: Outcome[] = [];
  for (const fault of chosen) {
    const outcome = await onItsOwn(fault, { seed, minutes, signal: stopping.signal });
    progress(`  ${verdictOf(outcome)} after ${seconds(outcome.recovery_ms)}${measuredBy(outcome, '; ')}`);
    outcomes.push(outcome);
  }
  const passed = outcomes.every(outcome => outcome.passed);
  const [one] = outcomes;
  const result = name === 'all' ? { case: 'all', passed, seed, cases: outcomes } : one!;
  printResult(result, json, () => forPeople(outcomes));
  return passed ? 0 : 1;
}

/** Every fault gets servers, data and jobs of its own: what one leaves behind must not hide or cause another. */
async function onItsOwn(
  chosen: Fault,
  { seed, minutes, signal }: { seed: number; minutes: number; signal: AbortSignal },
): Promise<Outcome> {
  const fault: Fault = { ...chosen, ...chosen.variant?.(seed) };
  progress(`case ${fault.number}, ${fault.name}, seed ${seed}`);
  const tell = (line: string) => progress(`  ${line}`);
  const { environment = {}, tellsMemory = false, temporal = false } = fault;
  const stack = await startStack({ progress: tell, signal, environment, tellsMemory, temporal });
  const ended = new AbortController();
  try {
    const given_up = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: ended.signal });
    });
    const outcome = await Promise.race([runFault(fault, stack, { seed, minutes, progress: tell, signal }), given_up]);
    for (const line of outcome.broken) tell(`broken (seed ${seed}): ${line}`);
    if (!outcome.passed) tell(`what the jobs said is in ${await keepLogs(stack, fault)}`);
    return outcome;
  } catch (error) {
    progress(`case ${fault.number} failed with seed ${seed}`);
    throw error;
  } finally {
    ended.abort();
    await stack.stop();
  }
}

async function keepLogs(stack: Stack, { number }: Fault): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), `temper-fault-${number}-`));
  for (const { job, pid, errors } of stack.started)
    await writeFile(path.join(directory, `${job}-${pid}.log`), errors());
  return directory;
}

function listed() {
  return FAULTS.map(({ number, name, inject, expect }) => ({ case: number, fault: name, inject, expect }));
}

function listForPeople(): string {
  return table([
    ['CASE', 'FAULT', 'INJECT', 'EXPECT'],
    ...FAULTS.map(({ number, name, inject, expect }) => [String(number), name, inject, expect]),
  ]);
}

function forPeople(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(each => [
    String(each.case),
    each.fault,
    String(each.seed),
    verdictOf(each),
    ...[each.acknowledged, each.lost, each.duplicated, each.gaps, each.unanswered].map(String),
    each.features_equal ? 'equal' : 'differ',
    seconds(each.recovery_ms),
    measuredBy(each),
  ]);
  const head = ['CASE', 'FAULT', 'SEED', 'VERDICT', 'ACKED', 'LOST', 'DUPLICATED', 'GAPS', 'UNANSWERED', 'FEATURES'];
  return table([[...head, 'RECOVERY', 'MEASURED'], ...rows]);
}

function verdictOf({ passed, broken }: Outcome): string {
  return passed ? 'passed' : `FAILED: ${broken.join('; ')}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

function measuredBy({ measured }: Outcome, before = ''): string {
  const all = Object.entries(measured).map(([name, value]) => `${name} ${value}`);
  return all.length === 0 ? '' : before + all.join(', ');
}

let code = 1;
try {
  code = await main();
} catch (error) {
  progress(explain(error));
}
process.exit(code); // a client that a fault has left waiting for an answer must not hold the process
