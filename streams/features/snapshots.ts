import type { Cells } from '../../models/features/aggregates/reducer.ts';
import type { TopicName } from '../graph.ts';
import type { Bus, Outbox } from '../kafka/bus.ts';
import type { Rotation } from './log/rotation.ts';
import { BUCKETS } from './log/snapshot.ts';

/** What leaves at once; what is due beyond it goes with the next batch. */
const AT_ONCE_BYTES = 4 * 1024 * 1024;
/** The log is kept so long beyond need: for who reads slowly, and for snapshots that somebody writes late. */
const KEPT_MS = 24 * 3_600_000;
const TRIMMING_MS = 3_600_000;

/** Writes a partition's snapshots as they fall due, and deletes what of its log none of them needs. */
export class Snapshots<S extends Cells> {
  readonly #rotation: Rotation<S>;
  readonly #bus: Bus;
  readonly #outbox: Outbox;
  readonly #topics: { log: TopicName; snapshots: TopicName };
  readonly #partition: number;
  #writing: Promise<void> | undefined;
  #failure: unknown;
  #trimmed_ms = Date.now();

  constructor(
    rotation: Rotation<S>,
    bus: Bus,
    outbox: Outbox,
    topics: { log: TopicName; snapshots: TopicName },
    partition: number,
  ) {
    this.#rotation = rotation;
    this.#bus = bus;
    this.#outbox = outbox;
    this.#topics = topics;
    this.#partition = partition;
  }

  /**
   * To be called when memory is what the log says until `log`, and no further. What is written is packed at once, and
   * sent while the next batch is in work.
   *
   * @param bytes have come to the log
   * @throws why the last snapshots could not be written
   */
  follow(log: number, bytes: number): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#rotation.earn(bytes);
    if (this.#writing || !this.#rotation.isDue) return;
    const sent: Promise<void>[] = [];
    for (let size = 0; this.#rotation.isDue && size < AT_ONCE_BYTES; ) {
      const { bucket, value } = this.#rotation.next(log);
      size += value.length;
      const message = { key: String(bucket), partition: this.#partition, value };
      sent.push(
        this.#outbox.publish(this.#topics.snapshots, message).then(() => this.#rotation.wrote({ bucket, log })),
      );
    }
    this.#writing = Promise.all(sent)
      .then(() => this.#trim())
      .catch(error => {
        this.#failure = error;
      })
      .finally(() => {
        this.#writing = undefined;
      });
  }

  /**
   * Writes all buckets at once, so that the older ones, and the log before them, are needed no more. To be called as
   * `follow`. It takes as long as the broker needs for the whole state of the partition.
   *
   * @param pulse called every now and then; throws where the partition is somebody else's
   */
  async renew(log: number, pulse: () => Promise<void>): Promise<void> {
    await this.#writing;
    for (let left = BUCKETS; left > 0; ) {
      await pulse();
      const sent: Promise<void>[] = [];
      for (let size = 0; left > 0 && size < AT_ONCE_BYTES; left--) {
        const { bucket, value } = this.#rotation.next(log);
        size += value.length;
        const message = { key: String(bucket), partition: this.#partition, value };
        sent.push(this.#outbox.publish(this.#topics.snapshots, message));
        this.#rotation.wrote({ bucket, log });
      }
      await Promise.all(sent);
    }
  }

  async #trim(): Promise<void> {
    const now_ms = Date.now();
    if (now_ms - this.#trimmed_ms < TRIMMING_MS) return;
    this.#trimmed_ms = now_ms;
    await this.#bus.trim(this.#topics.log, this.#partition, {
      offset: this.#rotation.needless,
      at_ms: now_ms - KEPT_MS,
    });
  }
}
