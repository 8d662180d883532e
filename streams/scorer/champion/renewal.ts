import type { Log } from '../../../schemas/log.ts';
import { Pace } from '../../features/backfill/pace.ts';
import type { DeltaHead } from '../../features/log/delta.ts';
import { ITEM_TOPICS, offerSnapshots, USER_TOPICS } from '../../features/restore.ts';
import type { Bus } from '../../kafka/bus.ts';
import { slotOf } from '../../kafka/consuming/slots.ts';
import { LiveStates } from '../memory/live-states.ts';
import type { Memory } from '../memory/memory.ts';

interface Logged {
  topic: string;
  partition: number;
  value: Buffer;
}

/**
 * Takes over states that were rebuilt from the archive (features/backfill). Once the logs have said of all partitions that
 * there are snapshots of a later generation, a second set of states is made of them and of the logs, while lists go on
 * being made of the first; then the second takes its place, in one step for all users and items.
 */
export class Renewal {
  readonly #bus: Bus;
  readonly #memory: Memory;
  readonly #log: Log;
  /** By generation the logs' partitions that have told of it. */
  readonly #told = new Map<number, Set<string>>();
  /** What has come of the logs since a second set was begun. */
  #later: Logged[] | undefined;
  #running: Promise<void>;
  #begin: () => void = () => {};

  constructor(bus: Bus, memory: Memory, log: Log) {
    this.#bus = bus;
    this.#memory = memory;
    this.#log = log;
    this.#running = new Promise(resolve => {
      this.#begin = resolve;
    });
  }

  /** The memory has caught up: what it was told of until now counts too. */
  begin(): void {
    this.#begin();
  }

  /** Takes a record of the logs that the memory has applied. */
  take(topic: string, partition: number, { rebuilt }: DeltaHead, value: Buffer): void {
    this.#later?.push({ topic, partition, value });
    if (rebuilt === undefined) return;
    const told = this.#told.get(rebuilt) ?? new Set();
    this.#told.set(rebuilt, told.add(slotOf(topic, partition)));
    this.#running = this.#running.then(() => this.#renew(rebuilt));
  }

  async #renew(generation: number): Promise<void> {
    if (!this.#isDue(generation)) return;
    const pace = new Pace(() => false);
    const rest = (worked_ms?: number) => pace.rest(worked_ms);
    try {
      this.#later = [];
      const next = new LiveStates(this.#memory.states.partitions);
      for (const { topics, replicas } of next.replicas) await offerSnapshots(this.#bus, topics, replicas, { rest });
      await next.restore(rest);
      await this.#bus.follow({
        topics: [USER_TOPICS.log, ITEM_TOPICS.log],
        once: true,
        rest,
        from: (topic, partition) => next.start(topic, partition),
        apply: (topic, partition, { value }) => value && next.apply(topic, partition, value),
      });
      await next.warm(this.#memory.states, rest);
      // Where more comes than that the scorer is behind anyway.
      const catching = new Pace(() => false, { most: 1 / 2 });
      for (let n = 0; n < this.#later.length; n++) {
        const { topic, partition, value } = this.#later[n]!; // much of it was in the logs already, and is known by its offsets
        next.apply(topic, partition, value);
        await catching.rest();
      }
      next.settle();
      this.#memory.states = next; // no await since the last record that came
      this.#log.info(
        { code: 'FEATURES_REBUILT', generation },
        'features were rebuilt: lists are made of them from here on',
      );
    } catch (error) {
      const what =
        'features were rebuilt and could not be taken over: lists go on as before, until the scorer is started again';
      this.#log.warn({ code: 'FEATURES_NOT_RENEWED', generation, err: error }, what);
    } finally {
      this.#later = undefined;
    }
    await this.#memory.orderAll(rest);
  }

  #isDue(generation: number): boolean {
    const told = this.#told.get(generation);
    const slots = this.#memory.states.replicas.flatMap(({ topics, replicas }) =>
      Array.from(replicas, ([partition, replica]) => ({ slot: slotOf(topics.log, partition), replica })),
    );
    return (
      slots.some(({ replica }) => replica.generation < generation) &&
      slots.every(({ slot, replica }) => replica.generation >= generation || told?.has(slot))
    );
  }
}
