import type { SignalName, WatchPolicy } from '../../../schemas/policies/watch-policy.ts';
import type { Group } from '../measures/cells.ts';
import { type Change, changeOf, type Epoch, groupOf, leadOf } from '../measures/rates.ts';
import { type Figures, percent, type Reading, unknown } from '../reading.ts';

/** What earlier looks at the same champion said, by which sequences keep their scale. */
export type Former = (signal: SignalName) => Reading['sequence'];

/** The champion's click rate in this epoch, beside its own in the first hours after its promotion. */
export function clicksReading({ traffic }: Figures, policy: WatchPolicy, epoch: Epoch | null, former: Former): Reading {
  if (!traffic || !epoch) return unknown('clicks', 'the first hours, with which later ones are compared, are not over');
  const ask: Asked['ask'] = asked => changeOf(traffic, asked);
  const asked = { epoch, limit: policy.clicks.fall, policy, former, ask };
  return sequenceRead('clicks', asked, 'since its first hours') ?? tooFew('clicks', groupOf(traffic, 'after', 'own'));
}

/** The champion's click rate since its promotion, beside that of the former champion before it. */
export function fallReading({ succession }: Figures, policy: WatchPolicy, former: Former): Reading {
  if (!succession) return unknown('fall', 'there was no promotion so lately');
  const ask: Asked['ask'] = asked => changeOf(succession, asked);
  const asked = { epoch: { number: 1, alpha: policy.alpha }, limit: policy.fall.fall, policy, former, ask };
  return (
    sequenceRead('fall', asked, 'since the former champion') ?? tooFew('fall', groupOf(succession, 'after', 'own'))
  );
}

/** The champion's click rate in this epoch, beside that of popularity, or where nobody gets that, of random order. */
export function behindReading({ traffic }: Figures, policy: WatchPolicy, epoch: Epoch | null, former: Former): Reading {
  if (!traffic || !epoch) return unknown('behind', 'the first hours are not over');
  const ask: Asked['ask'] = asked => leadOf(traffic, 'control', asked) ?? leadOf(traffic, 'random', asked);
  const asked = { epoch, limit: policy.behind.fall, policy, former, ask };
  return (
    sequenceRead('behind', asked, 'beside who gets no model') ?? tooFew('behind', groupOf(traffic, 'after', 'control'))
  );
}

interface Asked {
  epoch: Pick<Epoch, 'number' | 'alpha'>;
  /** The share that may be lost. */
  limit: number;
  policy: WatchPolicy;
  former: Former;
  ask(asked: { alpha: number; scale: number | null; least: WatchPolicy['least'] }): (Change & { scale: number }) | null;
}

/** It may be set beside popularity, random order, or nobody, as there is enough of them: each is a sequence of its own. */
const BESIDES = 3;

/** A sequence keeps the scale of its first look, as long as it is the same one: else its level would not hold. */
function sequenceRead(signal: 'clicks' | 'fall' | 'behind', asked: Asked, words: string): Reading | null {
  const { number: epoch, alpha } = asked.epoch;
  const ask = (scale: number | null) => asked.ask({ alpha: alpha / BESIDES, scale, least: asked.policy.least });
  const first = ask(null);
  if (!first) return null;
  const kept = asked.former(signal);
  const beside = first.beside ?? 'nobody';
  const isSame = kept !== null && kept.epoch === epoch && kept.beside === beside;
  const change = isSame ? ask(kept.scale)! : first;
  const limit = Math.log1p(-asked.limit);
  const says = change.high < limit ? 'bad' : change.value < limit ? 'between' : 'good';
  const { value, low, high, scale } = change;
  const compared = beside === 'nobody' ? 'with no control beside it' : `beside ${NAMES[beside]}`;
  const reason = `click rate ${signed(value)} (${signed(low)} to ${signed(high)} at all looks) ${words}, ${compared}`;
  const sequence = { epoch, beside, scale };
  return { signal, says, value, low, high, limit, reason, sequence, isAlone: beside === 'nobody' };
}

const NAMES: Record<string, string> = { control: 'popularity', random: 'random order' };

function tooFew(signal: 'clicks' | 'fall' | 'behind', { users, lists, sum }: Group) {
  return unknown(signal, `${lists} lists of ${users} users with ${sum} clicks: too few to say anything`);
}

function signed(difference: number): string {
  const share = Math.expm1(difference);
  return `${share > 0 ? '+' : ''}${percent(share)}`;
}
