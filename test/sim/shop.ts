import { setMaxListeners } from 'node:events';
import { setImmediate as eventLoop } from 'node:timers/promises';
import { TemperError } from '../../schemas/errors.ts';
import type { RankedList } from '../../schemas/topics/ranking.ts';
import { type Clock, wallClock } from '../../streams/replay/clock.ts';
import { InFlight } from '../../streams/replay/in-flight.ts';
import type { Storefront } from '../../streams/storefront.ts';
import { type Item, toProduct } from './items.ts';
import { type Session, turnstile } from './sessions.ts';
import { browse, toEvent } from './shopper.ts';
import { Tally } from './tally.ts';
import type { User, World } from './world.ts';

export interface ShopOptions {
  storefront: Pick<Storefront, 'publishEvent' | 'publishProduct' | 'ask'>;
  world: World;
  seed: number;
  /** Open loop: the shop asks at this pace however slowly it is answered. */
  listsPerSecond: number;
  /** Aborted: the shop closes. It asks no more, tells at once what its users would still have done, and resolves. */
  signal: AbortSignal;
  /** Lists that may be outstanding before the shop waits after all. */
  concurrency?: number;
  clock?: Clock;
  /** Counts into this one, where the caller wants to watch or to name phases. */
  tally?: Tally;
  onList?: (list: RankedList) => void;
  /** The user as he is now, where tastes change while the shop is open. */
  tasteOf?: (user: User) => User;
}

/** Publishes the catalogue, then lets users come, look, click and buy until the signal aborts. */
export async function openShop(options: ShopOptions): Promise<Tally> {
  const { storefront, world, seed, listsPerSecond, clock = wallClock, tally = new Tally(), onList } = options;
  const { tasteOf = user => user } = options;
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const close = () => closing.abort();
  options.signal.addEventListener('abort', close, { once: true });
  if (options.signal.aborted) close();

  const shop: Shop = {
    storefront,
    world,
    clock,
    tally,
    tasteOf,
    onList,
    begun: new InFlight(),
    closing: closing.signal,
  };
  const asks = new InFlight(options.concurrency ?? 1_024);
  try {
    const opened_ms = clock.now_ms();
    await fillCatalogue(shop, opened_ms);
    const nextSession = turnstile(world, seed, opened_ms);
    const started_ms = clock.now_ms();
    for (let turn = 0; ; turn++) {
      await clock.sleep(started_ms + (turn * 1_000) / listsPerSecond - clock.now_ms(), closing.signal);
      await eventLoop(); // a shop that is late sleeps no more, and must still see the signal
      await asks.room();
      await shop.begun.room();
      if (closing.signal.aborted) break;
      const session = nextSession(clock.now_ms());
      const answer = ask(shop, session);
      asks.add(answer);
      shop.begun.add(answer.then(answered => answered && act(shop, session, answered)));
    }
  } finally {
    close();
    options.signal.removeEventListener('abort', close);
    await shop.begun.settled();
  }
  return tally;
}

interface Shop extends Required<Pick<ShopOptions, 'storefront' | 'world' | 'clock' | 'tally' | 'tasteOf'>> {
  onList: ShopOptions['onList'];
  /** Everything that was begun: lists asked for, acts that wait for their time, events on their way. */
  begun: InFlight;
  closing: AbortSignal;
}

interface Answered {
  list: RankedList;
  /** A list counts to the phase in which it was asked for. */
  phase: string;
}

const LIST_LENGTH = 10;

async function fillCatalogue({ storefront, world, clock, begun, closing }: Shop, opened_ms: number): Promise<void> {
  const present = world.items.filter(item => item.arrives_ms <= 0);
  await Promise.all(present.map(item => storefront.publishProduct(toProduct(item, opened_ms))));
  const arrive = async (item: Item) => {
    await clock.sleep(item.arrives_ms, closing);
    if (!closing.aborted) await storefront.publishProduct(toProduct(item, opened_ms));
  };
  for (const item of world.items.filter(late => late.arrives_ms > 0)) begun.add(arrive(item));
}

/** A user whose list does not come loads the page again a little later. */
async function ask({ storefront, clock, tally, onList }: Shop, session: Session): Promise<Answered | undefined> {
  const phase = tally.phase;
  const started = performance.now();
  tally.asked(phase);
  try {
    const list = await storefront.ask({
      v: 1,
      id: `${session.id}-${session.listsAsked}`,
      at_ms: clock.now_ms(),
      user: session.user.user,
      session: session.id,
      surface: 'home',
      count: LIST_LENGTH,
    });
    tally.answered(phase, list, performance.now() - started);
    onList?.(list);
    return { list, phase };
  } catch (cause) {
    if (!(cause instanceof TemperError && cause.code === 'TIMED_OUT')) throw cause;
    tally.unanswered(phase);
    session.think(clock.now_ms());
    return undefined;
  }
}

/** Publishes what the user does with the list, each act at its time; on closing, what is left at once. */
async function act(shop: Shop, session: Session, { list, phase }: Answered): Promise<void> {
  const { storefront, world, clock, tally, tasteOf, begun, closing } = shop;
  const shown_ms = clock.now_ms();
  const acts = browse(world, tasteOf(session.user), list, session.random);
  const onPage = acts.filter(({ type }) => type !== 'purchase' && type !== 'return');
  session.think(shown_ms + (onPage.at(-1)?.after_ms ?? 0));
  for (const next of acts) {
    await clock.sleep(shown_ms + next.after_ms - clock.now_ms(), closing);
    tally.acted(phase, list, next);
    begun.add(storefront.publishEvent(toEvent(next, list, clock.now_ms())));
  }
}
