import { setTimeout as sleep } from 'node:timers/promises';
import { random } from '../../models/random.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { eventOf } from '../features/fill.ts';

export const USERS = 20_000;
export const ITEMS = 5_000;

/** Events that are made until they are stopped. */
export interface Load {
  /** So many are on their topic. */
  sent(): number;
  /** Resolves when all that were made are on their topic. */
  stop(): Promise<void>;
}

/** So long apart events are made, those of the time together. */
const TURN_MS = 5;
/** No more than so many wait for the broker, where the load is as much as can be. */
const UNANSWERED = 20_000;

/** So many events a second, whatever becomes of those before. */
export function openLoad(bus: Bus, rate: number): Promise<Load> {
  const started = performance.now();
  return startLoad(bus, () => ((performance.now() - started) * rate) / 1_000);
}

/** As many events as can be made, but no more than `lead` beyond those that are held. */
export function closedLoad(bus: Bus, lead: number, held: () => number): Promise<Load> {
  return startLoad(bus, sent => Math.min(held() + lead, sent + UNANSWERED));
}

/** @param due how many there are to be by now, where so many are on their topic */
async function startLoad(bus: Bus, due: (sent: number) => number): Promise<Load> {
  const outbox = await bus.outbox();
  const { below } = random(2);
  const started_ms = Date.now();
  let [made, sent, stopped] = [0, 0, false];
  let failure: { error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
  };
  const send = (n: number): void => {
    const event = { ...eventOf(n, Date.now(), { below, users: USERS, items: ITEMS }), id: `f${started_ms}-${n}` };
    outbox.publish('shop.events', { key: event.user, value: JSON.stringify(event) }).then(() => sent++, fail);
  };
  const making = (async () => {
    while (!stopped) {
      for (const most = due(sent); made < most; made++) send(made);
      await sleep(TURN_MS);
    }
  })();
  return {
    sent: () => sent,
    async stop() {
      stopped = true;
      await making;
      await outbox.stop();
      if (failure) throw failure.error;
    },
  };
}
