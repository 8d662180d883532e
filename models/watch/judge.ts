import { SignalName, type WatchPolicy } from '../../schemas/policies/watch-policy.ts';
import { type Deed, decide, type Signal } from './decide.ts';
import { type Epoch, epochAt } from './measures/rates.ts';
import { type Figures, type Reading, unknown, type Watched } from './reading.ts';
import { adsReading } from './signals/ads.ts';
import { failuresReading, featuresReading, outcomesReading } from './signals/health.ts';
import { behindReading, clicksReading, type Former, fallReading } from './signals/sequences.ts';
import { calibrationReading, driftReading, scoresReading } from './signals/windows.ts';
import { nextStand } from './states.ts';

const HOUR_MS = 3_600_000;

/** When the windows of a champion begin and end. */
export interface Windows {
  /** What later windows are compared with. */
  reference: { from_ms: number; until_ms: number };
  isReferenceOver: boolean;
  /** Until when outcomes are known. */
  until_ms: number;
  /** The recent window; null where it would reach into the reference. */
  recent: { from_ms: number; until_ms: number } | null;
  /** Of the click rate's sequences; null before the reference is over. */
  epoch: Epoch | null;
  /** Since the promotion, and before it, while its succession is looked at. */
  succession: { before: { from_ms: number; until_ms: number }; after: { from_ms: number; until_ms: number } } | null;
}

/** @param until_ms until when outcomes are known: clicks that may still come count for nothing, neither way */
export function windowsOf(watched: Watched, until_ms: number, policy: WatchPolicy): Windows {
  const { promoted_ms: from_ms } = watched;
  const end_ms = from_ms + policy.reference.hours * HOUR_MS;
  const length_ms = policy.window.hours * HOUR_MS;
  const since_ms = until_ms - length_ms;
  const isReferenceOver = until_ms > end_ms;
  const hours_ms = policy.fall.hours * HOUR_MS;
  const isYoung = watched.isPromoted && watched.former !== null && until_ms > from_ms && until_ms - from_ms <= hours_ms;
  return {
    reference: { from_ms, until_ms: end_ms },
    isReferenceOver,
    until_ms,
    recent: since_ms >= end_ms ? { from_ms: since_ms, until_ms } : null,
    epoch: isReferenceOver ? epochAt(until_ms, end_ms, length_ms, policy.alpha) : null,
    succession: isYoung
      ? { before: { from_ms: from_ms - hours_ms, until_ms: from_ms }, after: { from_ms, until_ms } }
      : null,
  };
}

export interface Past {
  /** The signals of the last look at this champion, and when that was. */
  signals: readonly Signal[];
  looked_ms: number | null;
  /** When signals began retrainings on this surface. */
  retrained: readonly number[];
}

export interface Judged extends Deed {
  signals: Signal[];
}

/** Judges what a look read. The same figures and the same past say the same. */
export function judgeLook(
  watched: Watched,
  figures: Figures,
  past: Past,
  { policy, epoch, every_ms }: { policy: WatchPolicy; epoch: Epoch | null; every_ms: number },
): Judged {
  const { at_ms } = figures;
  const before = (name: SignalName) => past.signals.find(({ signal }) => signal === name);
  const former: Former = name => before(name)?.sequence ?? null;
  const readings: Record<SignalName, () => Reading> = {
    failures: () => failuresReading(figures, policy),
    fall: () => fallReading(figures, policy, former),
    behind: () => behindReading(figures, policy, epoch, former),
    clicks: () => clicksReading(figures, policy, epoch, former),
    calibration: () => calibrationReading(figures, policy),
    scores: () => scoresReading(figures, policy),
    drift: () => driftReading(figures, policy),
    ads: () => adsReading(figures, policy),
    features: () => featuresReading(figures, policy),
    outcomes: () => outcomesReading(figures, policy),
  };
  const sustained_ms = (name: SignalName) => sustainedOf(name, policy, every_ms);
  const names = SignalName.options.filter(name => policy[name].act !== 'off');
  const signals = names.map((name): Signal => {
    const reading =
      watched.isTrained || !OF_TRAINED.has(name) ? readings[name]() : unknown(name, 'popularity is not trained');
    const known = before(name);
    const stood = known && past.looked_ms !== null ? { ...known, looked_ms: past.looked_ms } : undefined;
    return { ...reading, ...nextStand(stood, reading.says, { at_ms, every_ms, sustained_ms: sustained_ms(name) }) };
  });
  return { signals, ...decide(signals, policy, { watched, at_ms, retrained: past.retrained, sustained_ms }) };
}

/** Windows overlap from look to look: what is in them has to be there for long. */
const WINDOWED: ReadonlySet<SignalName> = new Set(['calibration', 'scores', 'drift', 'ads']);
/** These hold at every look as they are. */
const SEQUENCES: ReadonlySet<SignalName> = new Set(['fall', 'behind', 'clicks']);
/** Of a model that learned. */
const OF_TRAINED: ReadonlySet<SignalName> = new Set([...WINDOWED, ...SEQUENCES]);

/** What fails has to do so at two looks that follow each other, about so far apart: a process that starts again is no reason. */
const ABOUT = 0.9;

function sustainedOf(name: SignalName, policy: WatchPolicy, every_ms: number): number {
  if (WINDOWED.has(name)) return policy.sustained_hours * HOUR_MS;
  return SEQUENCES.has(name) ? 0 : ABOUT * every_ms;
}
