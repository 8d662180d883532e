/** Where encoders come from: whoever starts a job knows, since streams know no registry. */
export interface Weights {
  /**
   * The place of an encoder that is on this machine already; see `readEncoder`.
   *
   * @throws CONFIG_INVALID where there can be none of that name
   */
  find(name: string): string | undefined;
  /** Fetches one. @throws TemperError, which may pass */
  fetch(name: string, onProgress: (line: string) => void, signal: AbortSignal): Promise<string>;
}
