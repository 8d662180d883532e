/**
 * Work that was begun and not yet awaited. A loop that begins work asks for `room` before each piece, so that
 * memory stays bounded; the first failure is kept, and thrown to whoever asks for room or waits for the end.
 */
export class InFlight {
  private readonly limit: number;
  private readonly span_ms: number;
  /** In the order in which it was begun. */
  private readonly running = new Set<{ at_ms: number }>();
  private failure: { cause: unknown } | undefined;
  private waiting: (() => void)[] = [];

  /** @param span_ms how far apart in recorded time the oldest and the newest piece of work may be */
  constructor(limit = Number.POSITIVE_INFINITY, span_ms = Number.POSITIVE_INFINITY) {
    this.limit = limit;
    this.span_ms = span_ms;
  }

  add(work: Promise<unknown>, at_ms = 0): void {
    const piece = { at_ms };
    this.running.add(piece);
    work
      .catch(cause => {
        this.failure ??= { cause };
      })
      .finally(() => {
        this.running.delete(piece);
        for (const wake of this.waiting.splice(0)) wake();
      });
  }

  /** Resolves when a piece of work of this time may begin. */
  async room(at_ms = 0): Promise<void> {
    await this.until(() => this.running.size < this.limit && at_ms - this.oldest_ms(at_ms) <= this.span_ms);
  }

  async settled(): Promise<void> {
    await this.until(() => this.running.size === 0);
  }

  private oldest_ms(otherwise_ms: number): number {
    for (const { at_ms } of this.running) return at_ms;
    return otherwise_ms;
  }

  private async until(enough: () => boolean): Promise<void> {
    while (!enough()) await new Promise<void>(resolve => this.waiting.push(resolve));
    if (this.failure) throw this.failure.cause;
  }
}
