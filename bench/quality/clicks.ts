import { readFileSync } from 'node:fs';
import type { NextItems } from '../../models/evaluate/ranks.ts';
import { TemperError } from '../../schemas/errors.ts';

/** Items by their names, each session oldest first, sessions by their first click. */
export type Sessions = readonly (readonly string[])[];

/**
 * Clicks of an online shop: a header, then a session, an item and seconds in a line, apart by tabs.
 *
 * @throws INPUT_INVALID with the line that is otherwise
 */
export function readClicks(file: string): Sessions {
  const sessions = new Map<string, { item: string; seconds: number }[]>();
  for (const [at, line] of readFileSync(file, 'utf8').trimEnd().split(/\r?\n/).entries()) {
    if (at === 0) continue;
    const [session, item, time] = line.split('\t');
    const seconds = Number(time);
    if (!session || !item || !time || Number.isNaN(seconds)) {
      throw new TemperError('INPUT_INVALID', {
        where: `${file}, line ${at + 1}`,
        expected: 'a session, an item and seconds, with tabs between them',
        got: line.slice(0, 80),
      });
    }
    const found = sessions.get(session);
    if (found) found.push({ item, seconds });
    else sessions.set(session, [{ item, seconds }]);
  }
  return [...sessions.values()]
    .map(clicks => clicks.sort((a, b) => a.seconds - b.seconds))
    .sort(([a], [b]) => a!.seconds - b!.seconds)
    .map(clicks => clicks.map(({ item }) => item));
}

/** The items of these sessions, numbered as they come. */
export function numberItems(sessions: Sessions): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const item of sessions.flat()) if (!numbers.has(item)) numbers.set(item, numbers.size);
  return numbers;
}

/** Sessions in numbers, without the items that have none. */
export function inNumbers(sessions: Sessions, numbers: ReadonlyMap<string, number>): Int32Array[] {
  return sessions.map(session => Int32Array.from(session, item => numbers.get(item) ?? -1).filter(item => item >= 0));
}

/** Every click from the second on of each session as what was taken next. */
export function everyPosition(sessions: Sessions, numbers: ReadonlyMap<string, number>): NextItems {
  const histories: Int32Array[] = [];
  const targets: number[] = [];
  for (const session of sessions) {
    const all = Int32Array.from(session, item => numbers.get(item) ?? -1);
    for (let at = 1; at < all.length; at++) {
      histories.push(all.slice(0, at).filter(item => item >= 0));
      targets.push(all[at]!);
    }
  }
  return { histories, targets: Int32Array.from(targets) };
}
