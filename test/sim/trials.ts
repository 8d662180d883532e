import type { Group, Judgement, Seen, TrialPolicy } from '../../models/evaluate/sequential/judge.ts';
import { judgeTrial, type Scales } from '../../models/evaluate/sequential/judge.ts';
import type { Moments } from '../../models/evaluate/sequential/sequence.ts';
import { type Random, random } from '../../models/random.ts';

export interface Trial {
  seed: number;
  users: number;
  /** Of users, how many get the challenger. */
  share: number;
  /** What the challenger's lists earn, as a multiple of the champion's. */
  lift: number;
  lists: number;
  /** Of clicks, how many are bought; prices are lognormal with this deviation of their logarithm, and mean 20. */
  buys?: { share: number; spread: number };
  /** Lists between two looks. */
  every: number;
  /** Called at each look; true ends the trial. */
  look: (seen: Seen, lists: number) => boolean;
}

/**
 * Users whose own click rates differ by their squares and whose visits differ by as much, each of them in one group for
 * good; lists come one after the other, and each brings clicks by chance. So lists of one user are far from independent.
 */
export function simulateTrial({ seed, users, share, lift, lists, buys, every, look }: Trial): void {
  const { uniform, below } = random(seed, 11);
  const prices = random(seed, 12);
  const rates = Float64Array.from({ length: users }, () => 0.1 + 0.9 * uniform() ** 2);
  const groups = Uint8Array.from({ length: users }, () => Number(uniform() < share));
  const [n, y, spent] = [new Float64Array(users), new Float64Array(users), new Float64Array(users)];
  const [clicked, bought] = [[nothing(), nothing()] as const, [nothing(), nothing()] as const];
  for (let list = 1; list <= lists; list++) {
    const user = Math.min(below(users), below(users)); // some come more often
    const group = groups[user]!;
    const rate = 0.3 * rates[user]! * (group === 1 ? lift : 1);
    const clicks = Number(uniform() < rate) + Number(uniform() < rate) + Number(uniform() < rate);
    const value = buys && clicks > 0 ? purchases(clicks, buys, prices) : 0;
    add(clicked[group]!, n[user]!, y[user]!, clicks);
    add(bought[group]!, n[user]!, spent[user]!, value);
    n[user]! += 1;
    y[user]! += clicks;
    spent[user]! += value;
    if (list % every > 0) continue;
    const [champion, challenger] = clicked.map((of, n) => groupOf(of, { value: bought[n]! })) as [Group, Group];
    if (look({ champion, challenger, interleaved: null }, list)) return;
  }
}

function purchases(clicks: number, { share, spread }: NonNullable<Trial['buys']>, { uniform, normal }: Random): number {
  let value = 0;
  for (let n = 0; n < clicks; n++) {
    if (uniform() < share) value += 20 * Math.exp(spread * normal() - spread ** 2 / 2);
  }
  return value;
}

/** How a trial of one stage ends under a policy, and after how many lists. */
export function outcomeOf(
  trial: Omit<Trial, 'look'>,
  policy: TrialPolicy,
): { decision: Judgement['decision']; lists: number } {
  let scales: Scales | null = null;
  let outcome: { decision: Judgement['decision']; lists: number } = { decision: 'continue', lists: trial.lists };
  simulateTrial({
    ...trial,
    look: (seen, lists) => {
      const judged = judgeTrial(seen, policy, 1, scales);
      scales = judged.scales;
      if (judged.decision !== 'continue') outcome = { decision: judged.decision, lists };
      return judged.decision !== 'continue';
    },
  });
  return outcome;
}

/** One more list of a user who has had n, which brought y, and its clicks. */
export function add(moments: Moments, n: number, y: number, clicks: number): void {
  if (n === 0) moments.users += 1;
  moments.lists += 1;
  moments.sum += clicks;
  moments.lists2 += 2 * n + 1;
  moments.cross += (n + 1) * (y + clicks) - n * y;
  moments.sum2 += (y + clicks) ** 2 - y ** 2;
}

export function nothing(): Moments {
  return { users: 0, lists: 0, sum: 0, lists2: 0, cross: 0, sum2: 0 };
}

export function groupOf(clicks: Moments, more: Partial<Group> = {}): Group {
  const none = { failed: 0, score_ms: null, p99_ms: null, calibration: null, categories: null };
  return { clicks, value: nothing(), served: clicks.lists, ...none, ...more };
}
