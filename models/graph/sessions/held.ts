/**
 * Measures what its caller leaves to the loop's next turn right after this (`setImmediate`): for how long it holds the
 * thread, without what stands before it in that turn. The clock also counts others that took the processor away, and the
 * processor time of the process what its other threads do meanwhile; what runs on one thread takes no more than the lesser.
 *
 * @returns what tells the time until it is called, in ms
 */
export function heldFromNext(): () => number {
  let began_ms = performance.now();
  let before = process.cpuUsage();
  setImmediate(() => {
    began_ms = performance.now();
    before = process.cpuUsage();
  });
  return () => {
    const { user, system } = process.cpuUsage(before);
    return Math.min(performance.now() - began_ms, (user + system) / 1e3);
  };
}
