const SIZE_BYTES = 4;

/** Where Kafka's answers end in the bytes of a connection: before each stands its size, in 4 bytes. */
export class Frames {
  readonly #size = Buffer.alloc(SIZE_BYTES);
  #sizeBytes = 0;
  /** Bytes of the current answer that are still to come. */
  #left = 0;

  /** @returns how many answers end in this chunk */
  endingIn(chunk: Buffer): number {
    let ended = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.#sizeBytes < SIZE_BYTES) {
        this.#size[this.#sizeBytes++] = chunk[at++]!;
        if (this.#sizeBytes === SIZE_BYTES) this.#left = this.#size.readInt32BE();
      } else {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
      }
      if (this.#sizeBytes < SIZE_BYTES || this.#left > 0) continue;
      this.#sizeBytes = 0;
      ended++;
    }
    return ended;
  }
}
