import { TemperError } from '../../../schemas/errors.ts';
import { type Entry, note, recognised, understood } from '../reading/entries.ts';
import { readLines } from '../reading/lines.ts';
import { Refused } from '../refused.ts';
import { bareProduct, checkedEvent, type Step } from '../step.ts';
import { type Deed, visits } from '../visits.ts';

const EXPECTED = 'lines of SessionId, ItemId and Time in seconds, separated by tabs';

/**
 * Clicks of an online shop, a session a user. The file is ordered by session and the replay goes by time, so it is
 * read whole before anything is published.
 */
export const yoochoose = {
  description: `${EXPECTED}; a list is asked for before each click but a session's first`,
  read,
};

/** About 1.5 GB of memory. */
const CLICKS = 5_000_000;
/** Ids of lists and impressions are longer than their session's. */
const SESSION_CHARS = 64;

async function* read(file: string): AsyncGenerator<Step> {
  const clicks: Click[] = [];
  for await (const entry of recognised(file, EXPECTED, understood(withoutHeader(readLines(file)), parseClick))) {
    if (!entry.ok) yield { kind: 'rejected', ...note(entry, entry.reason) };
    else if (clicks.push(entry.value) > CLICKS) throw tooLarge(file);
  }
  // The sort is stable: clicks of the same moment keep the order of the file.
  yield* visits(clicks.sort((a, b) => a.at_ms - b.at_ms).map(deeds()));
}

interface Click {
  session: string;
  item: string;
  at_ms: number;
}

async function* withoutHeader(lines: AsyncIterable<Entry<string>>): AsyncGenerator<Entry<string>> {
  for await (const entry of lines)
    if (!(entry.ok && entry.line === 1 && /^SessionId\t/i.test(entry.value))) yield entry;
}

function parseClick(line: string): Click {
  const [session, item, time, ...more] = line.split('\t');
  if (!session || !item || !time || more.length > 0)
    throw new Refused(`expected 3 fields, got ${line.split('\t').length}`);
  if (session.length > SESSION_CHARS) throw new Refused(`SessionId: expected at most ${SESSION_CHARS} characters`);
  const at_ms = Math.round(Number(time) * 1_000);
  if (!(at_ms > 1)) throw new Refused(`Time: expected seconds, got ${JSON.stringify(time)}`);
  checkedEvent(click({ session, item, at_ms }, 0));
  return { session, item, at_ms };
}

/** A click is known by its session and its number within it, wherever the file lies. */
function deeds(): (click: Click) => Deed {
  const counts = new Map<string, number>();
  return next => {
    const number = (counts.get(next.session) ?? 0) + 1;
    counts.set(next.session, number);
    return { event: click(next, number), product: bareProduct(next.item, next.at_ms), asks: true };
  };
}

function click({ session, item, at_ms }: Click, number: number) {
  const user = `s${session}`;
  return { v: 1 as const, id: `yoochoose/${user}/${number}`, type: 'click' as const, at_ms, user, session: user, item };
}

function tooLarge(file: string): TemperError {
  return new TemperError('INPUT_INVALID', {
    expected: `at most ${CLICKS} clicks, since they are sorted in memory`,
    got: 'more',
    where: file,
    next: 'Split the file by time',
  });
}
