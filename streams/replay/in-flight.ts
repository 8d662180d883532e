/**
 * Work that was begun and not yet awaited. A loop that begins work asks for `room` before each piece, so that
 * memory stays bounded; the first failure is kept, and thrown to whoever asks for room or waits for the end.
 */
export class InFlight {
  private readonly limit: number;
  private running = 0;
  private failure: { cause: unknown } | undefined;
  private waiting: (() => void)[] = [];

  constructor(limit: number = Number.POSITIVE_INFINITY) {
    this.limit = limit;
  }

  add(work: Promise<unknown>): void {
    this.running += 1;
    work
      .catch(cause => {
        this.failure ??= { cause };
      })
      .finally(() => {
        this.running -= 1;
        for (const wake of this.waiting.splice(0)) wake();
      });
  }

  async room(): Promise<void> {
    await this.until(() => this.running < this.limit);
  }

  async settled(): Promise<void> {
    await this.until(() => this.running === 0);
  }

  private async until(enough: () => boolean): Promise<void> {
    while (!enough()) await new Promise<void>(resolve => this.waiting.push(resolve));
    if (this.failure) throw this.failure.cause;
  }
}
