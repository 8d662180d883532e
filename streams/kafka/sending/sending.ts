/** Records of a partition whose effects may be on their way: a batch that finds more waits, so that these take little memory. */
const MOST = 100;

interface SentBatch {
  records: number;
  /** Rejects where its effects can't be written. */
  written: Promise<unknown>;
  /** The next offset behind it. */
  end: number;
}

/** The effects of a partition's batches that are on their way, while later batches are in work already. */
export class Sending {
  /** All effects of what lies below this offset are written. */
  written: number;
  #records = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(written: number) {
    this.written = written;
  }

  /** Resolves at once, or where many records are on their way, once their effects are written or failed. */
  async room(): Promise<void> {
    if (this.#records >= MOST) await this.#last.catch(() => {});
  }

  /** @returns what resolves once these effects and all before them are written, and rejects where one of them is not */
  add({ records, written, end }: SentBatch): Promise<void> {
    this.#records += records;
    this.#last = Promise.all([this.#last, written]).then(() => {
      this.#records -= records;
      this.written = end;
    });
    return this.#last;
  }
}
