import { type Effect, type Ending, endingOf } from './ending.ts';
import { type Allowed, brokenLimit, failedLimit, type Guardrails, type Service } from './guardrails.ts';
import { percent } from './percent.ts';
import { confidence, difference, earningUsers, type Moments, perList } from './sequence.ts';

/** What one group of users got from its lists. */
export interface Group extends Service {
  /** Of lists whose outcomes are known: fewer than were served. */
  clicks: Moments;
  /** Of purchases, in the shop's money. */
  value: Moments;
}

/** What a look at an experiment saw: two groups of users, or interleaved lists of one. */
export interface Seen {
  champion: Group;
  challenger: Group;
  /**
   * Interleaved lists: of each user his lists, and the clicks on items of the challenger's team less those on the
   * champion's; value alike.
   */
  interleaved: { clicks: Moments; value: Moments } | null;
  /** What the gates allow by themselves, where how the champion makes its lists was not seen at the same time. */
  allowed?: Allowed;
}

export interface TrialPolicy {
  /**
   * Chance that a trial ever ends in a wrong word, all stages, outcomes and looks together: one about a difference between
   * equals, or one that lets a challenger pass that is worse by the margin.
   */
  alpha: number;
  /** A challenger may be so much worse in clicks for each list, as a share of the champion's, and still pass. */
  margin: number;
  /**
   * Users in each group, and lists of the smaller, before anything is said, and before anything is said of purchases, which
   * are few and large, the users who made them in each group, as `earningUsers` counts: below, errors are not normal.
   */
  least: { users: number; lists: number; buyers: number };
  guardrails: Guardrails;
}

export const TRIAL_POLICY: TrialPolicy = {
  alpha: 0.05,
  margin: 0.05,
  least: { users: 30, lists: 200, buyers: 50 },
  guardrails: { failed: 0.01, slower: { times: 2, ms: 5 }, calibration: 0.1, categories: 0.5 },
};

/**
 * The effects for which the mixtures are made: the standard errors at the first look with a click, or enough purchases, 0
 * before it. Such intervals are narrowest at some ten times that look's lists. They stay the same, or the level would not hold.
 */
export interface Scales {
  clicks: number;
  value: number;
}

export interface Contrast {
  /** What a list of the champion brings. */
  champion: number;
  /** What one of the challenger brings beyond it, and for how long that can be relied on: at every look. */
  difference: number;
  low: number;
  high: number;
}

export interface Judgement {
  decision: 'continue' | 'promote' | 'stop';
  /** Why, in a sentence with the numbers. */
  reason: string;
  clicks: Contrast | null;
  value: Contrast | null;
  scales: Scales | null;
  /** What counts where nothing is decided when the time of the last stage that compares is over. */
  ending: Ending;
  lists: { champion: number; challenger: number };
  users: { champion: number; challenger: number };
}

/**
 * What a look says: stop where the challenger is shown to be worse or breaks a guardrail, promote where it is shown to be
 * no more than the margin worse, else go on. It may be asked at any time and as often as anybody likes.
 *
 * @param stages of the trial that compare: each has its share of the level
 * @param scales of the stage's earlier looks
 */
export function judgeTrial(seen: Seen, policy: TrialPolicy, stages: number, scales: Scales | null): Judgement {
  const { champion, challenger, interleaved } = seen;
  const judged = countsOf(
    interleaved ? { champion: interleaved.clicks, challenger: interleaved.clicks } : groups(seen),
  );
  const broken = brokenGuardrail(seen, policy);
  const { users, lists } = policy.least;
  const isEarly =
    Math.min(judged.users.champion, judged.users.challenger) < users ||
    Math.min(judged.lists.champion, judged.lists.challenger) < lists;
  if (isEarly) {
    const words = `${judged.lists.challenger} lists of ${judged.users.challenger} users: too few to say anything`;
    return {
      decision: broken ? 'stop' : 'continue',
      reason: broken ?? words,
      clicks: null,
      value: null,
      scales,
      ending: { passes: false, reason: words },
      ...judged,
    };
  }
  const estimates = interleaved ? creditsOf(seen) : differencesOf(seen);
  const buyers = Math.min(earningUsers(champion.value), earningUsers(challenger.value));
  const isEarned = (name: 'clicks' | 'value') => name === 'clicks' || buyers >= policy.least.buyers;
  const error = (name: 'clicks' | 'value') =>
    scales?.[name] || (isEarned(name) ? Math.sqrt(estimates[name].effect.variance) : 0);
  const fixed = { clicks: error('clicks'), value: error('value') };
  const alpha = policy.alpha / (2 * stages);
  const contrast = (name: 'clicks' | 'value'): Contrast | null => {
    const { level, effect } = estimates[name];
    if (!(fixed[name] > 0 && isEarned(name))) return null;
    return { champion: level, difference: effect.value, ...confidence(effect, alpha, fixed[name]) };
  };
  const [clicks, value] = [contrast('clicks'), contrast('value')];
  const ending = clicks
    ? endingOf(estimates.clicks, policy.margin, policy.alpha - alpha / 2, judged.lists.challenger)
    : { passes: false, reason: NO_CLICKS };
  return { ...decide(clicks, value, broken, policy), clicks, value, scales: fixed, ending, ...judged };
}

/** The same where outcomes tell nothing, since there is nobody to compare them with: limits alone are held. */
export function judgeLimits(seen: Seen, policy: TrialPolicy, otherwise: string): Judgement {
  const broken = brokenGuardrail(seen, policy);
  const nothing = { clicks: null, value: null, scales: null, ending: { passes: true, reason: otherwise } };
  return { decision: broken ? 'stop' : 'continue', reason: broken ?? otherwise, ...nothing, ...countsOf(groups(seen)) };
}

const NO_CLICKS = 'no clicks yet';

function decide(
  clicks: Contrast | null,
  value: Contrast | null,
  broken: string | undefined,
  { margin }: TrialPolicy,
): Pick<Judgement, 'decision' | 'reason'> {
  if (broken) return { decision: 'stop', reason: broken };
  for (const [contrast, name] of [
    [clicks, 'clicks'],
    [value, 'purchase value'],
  ] as const) {
    if (contrast && contrast.high < 0) return { decision: 'stop', reason: `fewer ${name}: ${inWords(contrast)}` };
  }
  if (!clicks) return { decision: 'continue', reason: NO_CLICKS };
  const words = `clicks for each list: ${inWords(clicks)}`;
  if (clicks.low > 0) return { decision: 'promote', reason: `more ${words}` };
  if (clicks.low > -margin * clicks.champion) {
    return { decision: 'promote', reason: `no more than ${percent(margin)} fewer ${words}` };
  }
  return { decision: 'continue', reason: `undecided, ${words}` };
}

/** The difference as a share of the champion's, with its interval. */
function inWords({ champion, difference, low, high }: Contrast): string {
  const share = (value: number) => percent(value / champion, '+');
  return `${share(difference)} (${share(low)} to ${share(high)} at all looks)`;
}

interface Effects {
  clicks: Effect;
  value: Effect;
}

function differencesOf({ champion, challenger }: Seen): Effects {
  const of = (name: 'clicks' | 'value') => {
    const level = perList(champion[name]);
    return { level: level.value, effect: difference(perList(challenger[name]), level) };
  };
  return { clicks: of('clicks'), value: of('value') };
}

/** Of interleaved lists both teams earn on the same lists, so a list is compared with itself. */
function creditsOf({ interleaved, champion }: Seen): Effects {
  const of = (name: 'clicks' | 'value') => ({
    level: perList(champion[name]).value,
    effect: perList(interleaved![name]),
  });
  return { clicks: of('clicks'), value: of('value') };
}

function countsOf({ champion, challenger }: { champion: Moments; challenger: Moments }) {
  return {
    lists: { champion: champion.lists, challenger: challenger.lists },
    users: { champion: champion.users, challenger: challenger.users },
  };
}

function groups({ champion, challenger }: Seen): { champion: Moments; challenger: Moments } {
  return { champion: champion.clicks, challenger: challenger.clicks };
}

/** A limit that is broken, in a sentence. By a few lists failures alone are judged, and calibration by those with outcomes. */
function brokenGuardrail(seen: Seen, { guardrails, least }: TrialPolicy): string | undefined {
  const { champion, challenger, interleaved, allowed } = seen;
  const failed = failedLimit(challenger, guardrails.failed);
  if (failed || challenger.served < least.lists) return failed;
  const calibration = challenger.clicks.lists < least.lists ? null : challenger.calibration;
  const beside = { isInterleaved: interleaved !== null, allowed };
  return brokenLimit(champion, { ...challenger, calibration }, guardrails, beside);
}
