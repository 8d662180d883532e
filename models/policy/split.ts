/** Candidates by their indices, best first. */
export type Order = readonly number[];

/** Why a candidate does not stand where its score would put it, by its index. */
export type Notes = Map<number, string>;

/** An order in two, each as it was in the whole. */
export interface Split {
  readonly kept: Order;
  readonly moved: Order;
}

/** Parts those for which there is a reason from the others, and notes the reason. */
export function split(order: Order, reasonOf: (candidate: number) => string | undefined, notes: Notes): Split {
  const kept: number[] = [];
  const moved: number[] = [];
  for (const candidate of order) {
    const reason = reasonOf(candidate);
    if (reason === undefined) kept.push(candidate);
    else {
      moved.push(candidate);
      notes.set(candidate, `moved down: ${reason}`);
    }
  }
  return { kept, moved };
}

export interface Cap {
  /** Candidates of one group that may stand before the others; null: all. */
  readonly most: number | null;
  /** What a group is: `brand`. */
  readonly what: string;
  readonly groupOf: (candidate: number) => string | undefined;
  /** What stands on the list already. */
  readonly pinned: Iterable<number>;
}

/** Parts what exceeds a cap from the others: each group keeps its first ones. */
export function capped(order: Order, { most, what, groupOf, pinned }: Cap, notes: Notes): Split {
  if (most === null) return { kept: order, moved: [] };
  const counts = new Map<string, number>();
  const isOver = (group: string): boolean => {
    const count = (counts.get(group) ?? 0) + 1;
    counts.set(group, count);
    return count > most;
  };
  for (const candidate of pinned) {
    const group = groupOf(candidate);
    if (group !== undefined) isOver(group);
  }
  const reasonOf = (candidate: number) => {
    const group = groupOf(candidate);
    return group !== undefined && isOver(group) ? `more than ${most} of ${what} ${group}` : undefined;
  };
  return split(order, reasonOf, notes);
}
