import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeFlagsOf } from '../../cli/stack/supervisor.ts';
import { childEnvironment } from '../../schemas/settings/config.ts';
import type { JobReport } from '../../schemas/topics/operations.ts';
import { followBoard } from '../../streams/board.ts';
import { DeltaReader } from '../../streams/features/log/delta.ts';
import { USER_TOPICS } from '../../streams/features/restore.ts';
import type { Embedded } from '../embedded.ts';
import { Held } from './held.ts';

/** A scorer at work, and what it tells of the features that it takes from their log. */
export interface Watched {
  /** What it tells, once a second. */
  look(): Told | undefined;
  /** Events in the log that was written since it started. */
  held: Held;
  /** Looks on, until it holds so many events. @throws where nothing comes any more */
  until(events: number, looked?: (told: Told) => void): Promise<void>;
  /** Of each record of the log since this was asked last: from its oldest event's time. */
  durations_ms(): Promise<Durations>;
  stop(): Promise<void>;
}

export interface Durations {
  /** Until it was in the log, by the broker's times. */
  toLog: number[];
  /** Until the scorer had taken it. */
  toFeature: number[];
}

export interface Told {
  report: JobReport;
  /** Of the log that was written since it started, those that it has taken. */
  records: number;
  events: number;
}

const POLL_MS = 100;
const SILENT_MS = 60_000;

/** Starts a scorer; nothing may be written to the log meanwhile, and it reads what is there already before it counts. */
export async function watchScorer({ bus, config }: Embedded): Promise<Watched> {
  const held = new Held();
  const toLog: number[] = [];
  const log = await bus.follow({
    topics: [USER_TOPICS.log],
    fromEnd: true,
    apply: (_topic, _partition, { value, timestamp_ms }) => {
      const { from, to, since_ms } = new DeltaReader(value!, true);
      held.take(to - from);
      toLog.push(timestamp_ms - since_ms);
    },
  });
  const { board, stop } = await followBoard(bus);
  const child = fork(new URL('scorer.process.ts', import.meta.url), {
    execArgv: [...nodeFlagsOf('scorer'), '--import', 'tsx'],
    env: childEnvironment({ ...config, log: 'warn' }),
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    detached: true, // as a launcher starts it: Linux shares processor time out among sessions, and the events are made in this one
  });
  const ended = once(child, 'exit');
  const died = ended.then(([code]) => Promise.reject(new Error(`the scorer that is measured ended with ${code}`)));
  died.catch(() => {});
  const answer = async () => (await Promise.race([once(child, 'message'), died]))[0];
  await answer(); // it is ready
  const look = (): Told | undefined => {
    const report = board.reports(0).find(({ job }) => job === 'scorer');
    if (!report) return undefined;
    // It times each record of the log once.
    const records = report.timings.click_to_feature?.count ?? 0;
    return { report, records, events: held.of(records) };
  };
  return {
    look,
    held,
    async until(events, looked = () => {}) {
      let [before, since] = [-1, performance.now()];
      for (;;) {
        const told = look();
        if (told) looked(told);
        if (told && told.events >= events && told.records >= held.records) return;
        if (told && told.records > before) [before, since] = [told.records, performance.now()];
        if (performance.now() > since + SILENT_MS)
          throw new Error(`the scorer holds ${told?.events ?? 0} of ${events} events, and no more come`);
        await Promise.race([sleep(POLL_MS), died]);
      }
    },
    async durations_ms() {
      child.send('durations');
      const toFeature = await answer();
      return { toFeature, toLog: toLog.splice(0) };
    },
    async stop() {
      if (child.connected) child.disconnect();
      await ended;
      await Promise.all([log.stop(), stop()]);
    },
  };
}
