import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 250;

/** What passes, and how often it is asked again: kafkajs itself gives up. */
const PASSING = [
  {
    /** The connection broke, or a group's coordinator is not there yet. */
    error: /^KafkaJS(Connection|ConnectionClosed|RequestTimeout)Error$|^KafkaJSGroupCoordinatorNotFound$/,
    tries: 3,
  },
  {
    /** A broker that gets too little of a processor is fenced, for nine seconds and more, and leads nothing meanwhile. */
    error: /^(NOT_LEADER_FOR_PARTITION|LEADER_NOT_AVAILABLE)$/,
    tries: 120,
  },
];

/** A question that changes nothing is asked again where what kept it from its answer passes. */
export async function asked<T>(
  question: () => Promise<T>,
  pause: (ms: number) => Promise<unknown> = sleep,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await question();
    } catch (error) {
      const { name, type = '' } = error as Error & { type?: string };
      const passing = PASSING.find(each => each.error.test(name) || each.error.test(type));
      if (!passing || tries >= passing.tries) throw error;
      await pause(PAUSE_MS);
    }
  }
}
