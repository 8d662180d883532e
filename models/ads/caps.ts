import { HOUR_MS } from './schedule.ts';

/** When a user was shown a campaign, and on which list: a list that is answered twice counts once. */
export interface Exposure {
  list: string;
  at_ms: number;
}

/** At most so many lists with a campaign for one user in so many hours. */
export interface Cap {
  most: number;
  hours: number;
}

/** What a user was shown, by campaign, oldest first. Only of campaigns with a cap, and no more than it needs. */
export type Exposures = ReadonlyMap<string, readonly Exposure[]>;

/** Whether one more list may show the campaign. The list itself, if it was answered before, does not count. */
export function mayShow(
  shown: readonly Exposure[] | undefined,
  cap: Cap | undefined,
  list: string,
  now_ms: number,
): boolean {
  if (!cap || !shown) return true;
  const since_ms = now_ms - cap.hours * HOUR_MS;
  return shown.filter(each => each.at_ms > since_ms && each.list !== list).length < cap.most;
}

/** The exposures with one more; of the campaign, the newest that its cap can need. */
export function shownOnceMore(shown: readonly Exposure[] | undefined, cap: Cap, one: Exposure): Exposure[] {
  const before = (shown ?? []).filter(({ list }) => list !== one.list);
  return [...before, one].sort((a, b) => a.at_ms - b.at_ms).slice(-cap.most);
}

/** Both together, where two processes have told of the same user: the newest `most` of each campaign. */
export function merged(one: Exposures, other: Exposures, most: number): Exposures {
  const all = new Map(one);
  for (const [campaign, exposures] of other) {
    const known = all.get(campaign) ?? [];
    const lists = new Set(known.map(({ list }) => list));
    const more = [...known, ...exposures.filter(({ list }) => !lists.has(list))];
    all.set(campaign, more.sort((a, b) => a.at_ms - b.at_ms).slice(-most));
  }
  return all;
}
