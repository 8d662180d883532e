/**
 * How long what the loop's next turn calls next holds its thread, in ms, until the result is asked: without what is called
 * before it, which waited already. The clock also counts others that took the processor away, and the processor time of
 * the process what its other threads do meanwhile: what runs on one thread takes no more than the lesser of both.
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
