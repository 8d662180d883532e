import type { RowStore } from '../../../schemas/clickhouse.ts';
import type { AnswersPage, ShownAnswer } from '../../api.ts';
import type { AnswersQuery } from '../../server/pages.ts';
import { WITHIN } from '../clicks.ts';

const MOST = 40;
const MOST_INTENTS = 12;
/** As long as `streams/support` takes a session for one conversation, and as many of its turns. */
const SESSION_MS = 3_600_000;
const TURNS = 10;

const SINCE = 'at >= now64(3) - INTERVAL {minutes:UInt32} MINUTE';
/** Ratings are events; whose answer it is rates it, the last word counts. */
const RATINGS = `(
    SELECT list AS answer, user, argMax(value, at) AS rating FROM events
    WHERE type = 'feedback' AND ${SINCE} GROUP BY answer, user
  )`;

type Row = Omit<ShownAnswer, 'at_ms' | 'intent' | 'conversation'> & {
  at_ms: string;
  intent: string;
  probability: number | null;
};

interface TurnRow {
  at_ms: string;
  user: string;
  session: string;
  question: string;
  answer: string;
}

/** What was asked and answered within some hours: how it ended, what it was about, how it was rated, and the newest. */
export async function answersGiven(store: RowStore, query: AnswersQuery): Promise<AnswersPage> {
  const { outcome, intent, user, before_ms, hours } = query;
  const asked = {
    ...{ outcome: outcome ?? '', intent: intent ?? '', user: user ?? '', minutes: Math.ceil(hours * 60), most: MOST },
    before_ms: before_ms ?? 8_640_000_000_000,
  };
  const where = [
    `${SINCE} AND at < fromUnixTimestamp64Milli({before_ms:Int64})`,
    ...(outcome === undefined ? [] : ['outcome = {outcome:String}']),
    ...(intent === undefined ? [] : ['intent = {intent:String}']),
    ...(user === undefined ? [] : ['user = {user:String}']),
  ].join(' AND ');
  const [sums, intents, rows] = await Promise.all([sumsOf(store, asked), intentsOf(store, asked), newest()]);
  const said = await saidBefore(store, rows);
  return {
    ...sums,
    intents,
    answers: rows.map(({ at_ms, intent: name, probability, ...row }) => ({
      ...row,
      at_ms: Number(at_ms),
      intent: name === '' ? null : { name, probability: probability ?? 0 },
      conversation: said.filter(turn => isBefore(turn, row, Number(at_ms))).slice(-TURNS),
    })),
  };

  function newest(): Promise<Row[]> {
    return store.query<Row>(
      `SELECT answer, toUnixTimestamp64Milli(at) AS at_ms, user, session, question, language, intent, probability,
         outcome, text, sources, list, generator, dropped, spent_ms, rating
       FROM (SELECT * FROM answers FINAL WHERE ${where} ORDER BY at DESC LIMIT {most:UInt32}) AS given
       LEFT JOIN ${RATINGS} AS rated USING (answer, user)
       ORDER BY at DESC SETTINGS join_use_nulls = 1, ${WITHIN.replace('SETTINGS ', '')}`,
      asked,
    );
  }
}

async function sumsOf(store: RowStore, asked: { minutes: number }): Promise<Pick<AnswersPage, 'outcomes' | 'ratings'>> {
  const [outcomes, ratings] = await Promise.all([
    store.query<{ outcome: string; count: string }>(
      `SELECT outcome, count() AS count FROM answers FINAL WHERE ${SINCE} GROUP BY outcome ${WITHIN}`,
      asked,
    ),
    store.query<{ mean: number | null; count: string }>(
      `SELECT if(count() = 0, NULL, avg(rating)) AS mean, count() AS count
       FROM (SELECT answer, user FROM answers FINAL WHERE ${SINCE}) AS given
       INNER JOIN ${RATINGS} AS rated USING (answer, user) ${WITHIN}`,
      asked,
    ),
  ]);
  const of = (name: string) => Number(outcomes.find(({ outcome }) => outcome === name)?.count ?? 0);
  return {
    outcomes: { answered: of('answered'), handed_over: of('handed_over'), refused: of('refused') },
    ratings: { mean: ratings[0]?.mean ?? null, count: Number(ratings[0]?.count ?? 0) },
  };
}

async function intentsOf(store: RowStore, asked: { minutes: number }): Promise<AnswersPage['intents']> {
  const rows = await store.query<{ intent: string; count: string; handed_over: string }>(
    `SELECT intent, count() AS count, countIf(outcome = 'handed_over') AS handed_over
     FROM answers FINAL WHERE ${SINCE} AND intent != '' GROUP BY intent ORDER BY count DESC, intent
     LIMIT ${MOST_INTENTS} ${WITHIN}`,
    asked,
  );
  return rows.map(({ intent, count, handed_over }) => ({
    intent,
    count: Number(count),
    handed_over: Number(handed_over),
  }));
}

/**
 * What was said in the sessions of those that went to a person, the oldest first; of each session no more than its last
 * turns, for one user alone may have written thousands.
 */
async function saidBefore(
  store: RowStore,
  rows: readonly Row[],
): Promise<(Omit<TurnRow, 'at_ms'> & { at_ms: number })[]> {
  const open = rows.filter(({ outcome }) => outcome === 'handed_over');
  if (open.length === 0) return [];
  const times = open.map(({ at_ms }) => Number(at_ms));
  const said = await store.query<TurnRow>(
    `SELECT toUnixTimestamp64Milli(at) AS at_ms, user, session, question, text AS answer FROM answers FINAL
     WHERE at BETWEEN fromUnixTimestamp64Milli({from_ms:Int64}) AND fromUnixTimestamp64Milli({until_ms:Int64})
       AND user IN {users:Array(String)} AND session IN {sessions:Array(String)}
     ORDER BY at DESC LIMIT ${MOST} BY user, session ${WITHIN}`,
    {
      from_ms: Math.min(...times) - SESSION_MS,
      until_ms: Math.max(...times),
      users: [...new Set(open.map(({ user }) => user))],
      sessions: [...new Set(open.map(({ session }) => session))],
    },
  );
  return said.map(turn => ({ ...turn, at_ms: Number(turn.at_ms) })).reverse();
}

function isBefore(
  turn: { at_ms: number; user: string; session: string },
  row: Omit<Row, 'at_ms' | 'intent' | 'probability'>,
  at_ms: number,
): boolean {
  return (
    row.outcome === 'handed_over' &&
    turn.user === row.user &&
    turn.session === row.session &&
    turn.at_ms < at_ms &&
    turn.at_ms > at_ms - SESSION_MS
  );
}
