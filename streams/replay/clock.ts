/** Time as an argument: the wall's in earnest, any other in a test. */
export interface Clock {
  now_ms(): number;
  /** Resolves when the time has passed or the signal aborts, whichever comes first; never rejects. */
  sleep(wait_ms: number, signal: AbortSignal): Promise<void>;
}

export const wallClock: Clock = {
  now_ms: () => Date.now(),
  sleep: (wait_ms, signal) =>
    new Promise(resolve => {
      if (wait_ms <= 0 || signal.aborted) return resolve();
      const wake = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, wait_ms);
      signal.addEventListener('abort', wake, { once: true });
    }),
};
