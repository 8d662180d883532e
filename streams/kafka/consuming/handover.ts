import { setTimeout as sleep } from 'node:timers/promises';
import { WAIT } from '../wire/silence.ts';

/** How long batches may go on after the group has asked its members to join anew; it waits twice as long for them. */
const GRACE_MS = WAIT.rebalance_ms / 2;

/**
 * The orderly way through a rebalance. The broker asks all members to join anew, and gives nobody a partition of another
 * one before that one has joined, or has let the rebalance timeout pass. So what is in work comes to its end, is written
 * and committed, and then this process joins: nothing is done twice, and what it keeps it need not restore.
 */
export class Handover {
  #asked: { error: unknown; since_ms: number } | undefined;

  /** Whether the group waits for this process. */
  get isDue(): boolean {
    return this.#asked !== undefined;
  }

  /** Tells the group that this process is alive. @throws once its partitions may belong to others */
  async beat(heartbeat: () => Promise<void>): Promise<void> {
    try {
      await heartbeat();
    } catch (error) {
      if ((error as { type?: string }).type !== 'REBALANCE_IN_PROGRESS') throw error;
      this.#asked ??= { error, since_ms: Date.now() };
      if (Date.now() - this.#asked.since_ms > GRACE_MS) throw error;
    }
  }

  /** Where the group waits: once the others have come to their ends, lets kafkajs join anew, which it does at this error. */
  async join(others: () => Promise<void>, commit: () => Promise<void>): Promise<void> {
    const asked = this.#asked;
    if (!asked) return;
    await Promise.race([others(), sleep(GRACE_MS, undefined, { ref: false })]);
    await commit();
    throw asked.error;
  }

  joined(): void {
    this.#asked = undefined;
  }
}
