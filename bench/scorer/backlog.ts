import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITS } from '../../schemas/limits.ts';
import { openExchange } from './exchange.ts';
import { quantiles } from './figures.ts';
import type { Room } from './room.ts';

/** The topics of the scorer. */
export const SCORER = { requests: 'rank.requests', answers: 'rank.lists' };

/** A client that waits for its answers finds about how many a second there can be; */
const SATURATED = { inFlight: 64, seconds: 10 };
/** then more come, whatever becomes of those before, for less time than a request waits: their first answers don't count. */
const BEYOND = { times: 1.2, seconds: 6, filling_s: 2 };
const BACKLOG = { rounds: 8, lists: 1_000 };
const POLL_MS = 50;
/** Reports come once a second. */
const REPORTED_MS = 2_200;

/** Lists until the scorer's code is compiled. @throws where they are not made by the champion */
export async function warmUp({ bus, shop }: Room): Promise<void> {
  const exchange = await openExchange(bus, SCORER, shop);
  const asked = await exchange.ask({ rate: 100, seconds: 15 });
  await exchange.stop();
  const late = asked.filter(({ wait_ms }) => wait_ms === undefined).length;
  if (late > 0) throw new Error(`${late} of ${asked.length} requests got no list`);
  const wrong = asked.filter(({ head }) => !head.includes('"arm":"champion"'));
  if (wrong.length > 0)
    throw new Error(`${wrong.length} of ${asked.length} lists are not the champion's: ${wrong[0]!.head}`);
}

/**
 * Requests a second that a scorer answers while more come than it can answer, the client being on the same machine. One
 * that waits for its answers takes less of it, and would find a rate at which those of an open loop pile up.
 */
export async function capacity({ bus, shop }: Pick<Room, 'bus' | 'shop'>): Promise<number> {
  const exchange = await openExchange(bus, SCORER, shop);
  const { times, seconds, filling_s } = BEYOND;
  const rate = times * (await exchange.capacity(SATURATED));
  const asked = await exchange.ask({ rate, seconds });
  await exchange.stop();
  const from = asked[0]!.at;
  const answered = asked.filter(({ at, wait_ms = Number.POSITIVE_INFINITY }) => {
    const s = (at + wait_ms - from) / 1_000;
    return s >= filling_s && s < seconds;
  });
  return answered.length / (seconds - filling_s);
}

/**
 * What the scorer works off: backlogs, by the broker's times of their lists, from the second half of each, since requests
 * are written during the first.
 *
 * @param between done after each of them
 * @throws where some of the lists were made for requests that had waited too long: they cost next to nothing
 */
export async function backlogRate(
  room: Room,
  between: () => Promise<void> = async () => {},
): Promise<{ lists_per_second: number; lists_per_cpu_second: number }> {
  const { bus, board } = room;
  const outbox = await bus.outbox();
  const rates: number[] = [];
  let [cpu, lists] = [0, 0];
  for (let round = 0; round < BACKLOG.rounds; round++) {
    await sleep(REPORTED_MS);
    const before = {
      cpu: board.gauge('scorer', 'cpu_seconds')!,
      lists: board.count('scorer', 'lists'),
      late: board.count('scorer', 'lists.late'),
    };
    const from = await endsOf(bus);
    const { shop } = room;
    await Promise.all(
      Array.from({ length: BACKLOG.lists }, (_, n) => {
        const request = { ...shop.request(n, Date.now()), id: `backlog-${round}-${n}` };
        return outbox.publish(SCORER.requests, { key: request.user, value: JSON.stringify(request) });
      }),
    );
    while (sumOf(await endsOf(bus)) < sumOf(from) + BACKLOG.lists) await sleep(POLL_MS);
    rates.push(rateOf(await timesSince(bus, from)));
    await sleep(REPORTED_MS);
    cpu += board.gauge('scorer', 'cpu_seconds')! - before.cpu;
    lists += board.count('scorer', 'lists') - before.lists;
    requireInTime(board.count('scorer', 'lists.late') - before.late);
    await between();
  }
  await outbox.stop();
  return { lists_per_second: Math.round(quantiles(rates).p50), lists_per_cpu_second: Math.round(lists / cpu) };
}

/** @param late of a backlog's lists, those that were made without the champion */
export function requireInTime(late: number): void {
  if (late === 0) return;
  const { request_patience_ms } = LIMITS;
  throw new Error(
    `${late} of ${BACKLOG.lists} requests waited for more than ${request_patience_ms} ms and got a list without the champion: ` +
      'the rate is not that of its lists. Run it on a quieter machine, or with a smaller backlog',
  );
}

type Ends = ReadonlyMap<number, number>;

async function endsOf(bus: Room['bus']): Promise<Ends> {
  return new Map([...(await bus.bounds(SCORER.answers))].map(([partition, { high }]) => [partition, high]));
}

function sumOf(ends: Ends): number {
  return [...ends.values()].reduce((a, b) => a + b, 0);
}

async function timesSince(bus: Room['bus'], from: Ends): Promise<number[]> {
  const times: number[] = [];
  await bus.follow({
    topics: [SCORER.answers],
    once: true,
    from: (_topic, partition) => from.get(partition),
    apply: (_topic, _partition, { timestamp_ms }) => times.push(timestamp_ms),
  });
  return times.sort((a, b) => a - b);
}

function rateOf(times: readonly number[]): number {
  const half = Math.floor(times.length / 2);
  return ((times.length - 1 - half) * 1_000) / (times.at(-1)! - times[half]!);
}
