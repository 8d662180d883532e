import { exponential, named, type Random } from './draws.ts';
import type { User, World } from './world.ts';

/** A visit of several lists. Sessions run fast, so that a demonstration of minutes holds users who come back. */
export interface Session {
  id: string;
  user: User;
  random: Random;
  listsLeft: number;
  listsAsked: number;
  /** When the user wants the next list; infinite while he waits for one. */
  ready_ms: number;
  /** The user has dealt with a list at this time, and thinks of the next. */
  think(from_ms: number): void;
}

const THINK_MS = 800;
const FIRST_LISTS = 2;
const FURTHER_LISTS = 2;

/**
 * Who asks next: the user who has been ready the longest, else a newcomer, drawn by how often each user comes.
 * Ids carry the opening time, because two openings of one seed are two histories; all else follows from the seed.
 */
export function turnstile(world: World, seed: number, opened_ms: number): (now_ms: number) => Session {
  const random = named(seed, 'turnstile');
  const sessions = new Set<Session>();
  let opened = 0;
  return now_ms => {
    const session = longestReady(sessions, now_ms) ?? openSession(world, random, { seed, opened_ms, number: opened++ });
    sessions.add(session);
    session.listsAsked += 1;
    session.listsLeft -= 1;
    session.ready_ms = Number.POSITIVE_INFINITY;
    if (session.listsLeft === 0) sessions.delete(session);
    return session;
  };
}

function longestReady(sessions: Iterable<Session>, now_ms: number): Session | undefined {
  let longest: Session | undefined;
  for (const session of sessions) {
    if (session.ready_ms <= now_ms && session.ready_ms < (longest?.ready_ms ?? now_ms + 1)) longest = session;
  }
  return longest;
}

function openSession(
  world: World,
  random: Random,
  { seed, opened_ms, number }: { seed: number; opened_ms: number; number: number },
): Session {
  const own = named(seed, `session ${number}`);
  return {
    id: `sim${seed}-${opened_ms.toString(36)}-${number}`,
    user: comes(world.users, random),
    random: own,
    listsLeft: FIRST_LISTS + Math.floor(exponential(FURTHER_LISTS, own)),
    listsAsked: 0,
    ready_ms: Number.POSITIVE_INFINITY,
    think(from_ms) {
      this.ready_ms = from_ms + exponential(THINK_MS, own);
    },
  };
}

function comes(users: readonly User[], random: Random): User {
  let mark = random.uniform() * users.reduce((sum, user) => sum + user.activity, 0);
  for (const user of users) {
    mark -= user.activity;
    if (mark < 0) return user;
  }
  return users.at(-1)!;
}
