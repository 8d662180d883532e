/**
 * Keeps each user's steps in order without making users wait for each other: what a user tells waits for the lists
 * that he asked for before, and a list that he asks for waits until all that he told is acknowledged.
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private stocked: Promise<unknown> = Promise.resolve();

  /** Every list that is asked for from now on waits for this product to be acknowledged. */
  async stock(acknowledged: Promise<void>): Promise<void> {
    this.stocked = Promise.allSettled([this.stocked, acknowledged]);
    await acknowledged;
  }

  ask<T>(user: string, ask: () => Promise<T>): Promise<T> {
    const lane = this.enter(user);
    const answer = Promise.all([lane.told, this.stocked]).then(ask);
    lane.answered = answer;
    return this.leaveAfter(lane, user, answer);
  }

  async tell(user: string, publish: () => Promise<void>): Promise<void> {
    const lane = this.enter(user);
    const told = Promise.all([lane.told, lane.answered.then(publish)]);
    lane.told = told;
    await this.leaveAfter(lane, user, told);
  }

  private enter(user: string): Lane {
    const lane = this.lanes.get(user) ?? { answered: Promise.resolve(), told: Promise.resolve(), inside: 0 };
    lane.inside += 1;
    this.lanes.set(user, lane);
    return lane;
  }

  private async leaveAfter<T>(lane: Lane, user: string, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } finally {
      lane.inside -= 1;
      if (lane.inside === 0) this.lanes.delete(user);
    }
  }
}

interface Lane {
  /** The last list that the user asked for has come, or is known not to come. */
  answered: Promise<unknown>;
  /** All that the user did is acknowledged. */
  told: Promise<unknown>;
  /** Steps begun and not yet done. */
  inside: number;
}
