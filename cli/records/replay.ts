import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../schemas/clickhouse.ts';
import type { Verdict } from '../../schemas/models/models.ts';
import { type Config, readConfig } from '../../schemas/settings/config.ts';
import { FORMATS, type FormatName } from '../../streams/replay/formats.ts';
import { type Progress, type Replayed, replay } from '../../streams/replay/replay.ts';
import type { Step } from '../../streams/replay/step.ts';
import { openStorefront } from '../../streams/storefront.ts';
import { onAskedToStop } from '../asked-to-stop.ts';
import { verdictTable } from '../learning/retrain.ts';
import { retrainAndTell } from '../learning/retraining.ts';
import { explain, printResult, progress, table } from '../output.ts';
import { startStack } from '../stack/embedded.ts';
import { type Client, readNote, withClient } from '../stack/endpoints.ts';

export interface ReplayOptions {
  format: FormatName;
  speed: number | 'max';
  retrain?: boolean;
  seed: number;
  json?: boolean;
}

/** A recording comes faster than it happened: its lists need not wait a minute for clicks that are already on their way. */
const REPLAY_DEFAULTS = { TEMPER_LABEL_WINDOW_MS: '5000', TEMPER_CONTROL: '0' };
/** Examples are complete when none has come for so long, beyond the label window. */
const QUIET_MS = 4_000;
const MOST_MS = 5 * 60_000;

/**
 * Replays through the Temper that runs on this data directory, or through one that it starts and stops again.
 * 0 where the file went through and, with --retrain, a verdict was reached: a refusal is a verdict too.
 */
export async function replayFile(file: string, options: ReplayOptions): Promise<number> {
  const config = readConfig(REPLAY_DEFAULTS);
  const stopping = new AbortController();
  onAskedToStop(() => stopping.abort());
  const running = (config.kafka && config.temporal && config.clickhouse) || (await readNote(config));
  const stack = running ? undefined : await startStack(config, progress, stopping.signal);
  try {
    const broken = stack?.failed.then(error => Promise.reject(error));
    const work = withClient(stack?.config ?? config, client => through(file, options, client, stopping.signal));
    await (broken ? Promise.race([work, broken]) : work);
    return stopping.signal.aborted ? 1 : 0;
  } catch (error) {
    progress(`temper: ${explain(error)}`);
    return 1;
  } finally {
    await stack?.stop();
  }
}

async function through(file: string, options: ReplayOptions, client: Client, signal: AbortSignal): Promise<void> {
  const storefront = await openStorefront(client.bus);
  const span = { from_ms: Number.POSITIVE_INFINITY, until_ms: 0 };
  let done: Replayed;
  try {
    const steps = watched(FORMATS[options.format].read(file), span);
    done = await replay({ steps, storefront, speed: options.speed, signal, onProgress: showProgress() });
  } finally {
    await storefront.stop();
  }
  if (signal.aborted) return;
  const store = await client.store();
  const examples = await settledExamples(store, client.config, span);
  const verdict = options.retrain ? await judged(client, options, span) : undefined;
  const { events, rejected, lists, unanswered, rejections, products } = done;
  const gate = verdict ? { passed: verdict.passed, metrics: verdict.metrics, checks: verdict.checks } : null;
  printResult({ events, rejected, lists, unanswered, products, examples, gate, rejections }, options.json, () =>
    [
      table(Object.entries({ events, rejected, lists, unanswered, examples }).map(([name, n]) => [name, String(n)])),
      ...rejections.map(note => `${note.where}: ${note.reason}`),
      verdict
        ? `\n${verdict.passed ? 'the gate passes the model' : 'the gate refuses the model'}\n${verdictTable(verdict)}`
        : '',
    ].join('\n'),
  );
}

interface Span {
  from_ms: number;
  until_ms: number;
}

/** The steps as they are, while the span of recorded time that they cover is noted. */
async function* watched(steps: AsyncIterable<Step>, span: Span): AsyncIterable<Step> {
  for await (const step of steps) {
    const at_ms = 'request' in step ? step.request.at_ms : 'event' in step ? step.event.at_ms : undefined;
    if (at_ms !== undefined) {
      span.from_ms = Math.min(span.from_ms, at_ms);
      span.until_ms = Math.max(span.until_ms, at_ms);
    }
    yield step;
  }
}

/** Waits until the examples of the span have all arrived in ClickHouse, and counts them. */
async function settledExamples(store: Store, config: Config, { from_ms, until_ms }: Span): Promise<number> {
  progress('waiting for the examples');
  const count = async () => {
    const [row] = await store.query<{ n: string }>(
      `SELECT count() AS n FROM examples FINAL
       WHERE at BETWEEN fromUnixTimestamp64Milli({from:Int64}) AND fromUnixTimestamp64Milli({until:Int64})`,
      { from: Math.trunc(Math.min(from_ms, until_ms)), until: Math.trunc(until_ms) },
    );
    return Number(row?.n ?? 0);
  };
  let seen = await count();
  let quiet_ms = 0;
  for (let waited_ms = 0; waited_ms < MOST_MS && quiet_ms < config.labelWindow_ms + QUIET_MS; waited_ms += 1_000) {
    await sleep(1_000);
    const now = await count();
    quiet_ms = now === seen ? quiet_ms + 1_000 : 0;
    seen = now;
  }
  return seen;
}

async function judged({ config, endpoints }: Client, options: ReplayOptions, span: Span): Promise<Verdict> {
  const reason = `replay of ${options.format}`;
  const of = { surface: 'home' as const, seed: options.seed, reason };
  const recorded = { from_ms: span.from_ms, until_ms: span.until_ms + 1 };
  const { verdict } = await retrainAndTell({ ...config, ...endpoints }, { ...of, span: recorded }, progress);
  return verdict;
}

function showProgress(): (state: Progress) => void {
  let next_ms = 0;
  return ({ events, lists, rejected, at_ms }) => {
    if (Date.now() < next_ms) return;
    next_ms = Date.now() + 5_000;
    const reached = at_ms > 0 ? new Date(at_ms).toISOString() : 'the start';
    progress(`${events} events, ${lists} lists, ${rejected} rejected; reached ${reached}`);
  };
}
