const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Calls it when this process is asked to stop, by Ctrl-C or SIGTERM. It goes on listening: where a signal finds no listener but
 * those of libraries (execa's, and log-update's on a terminal), they end the process by it, before anything is cleared up.
 *
 * @returns ends it
 */
export function onAskedToStop(stop: () => void): () => void {
  for (const signal of SIGNALS) process.on(signal, stop);
  return () => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
}
