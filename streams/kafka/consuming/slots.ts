/** A partition of a topic as one word, to stand in sets and maps. */
export function slotOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

export function splitSlot(slot: string): [topic: string, partition: number] {
  const at = slot.lastIndexOf('/');
  return [slot.slice(0, at), Number(slot.slice(at + 1))];
}

/** A promise with its ends in hand (Promise.withResolvers is not in Node 20). */
export function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>(done => {
    resolve = done;
  });
  return { promise, resolve };
}
