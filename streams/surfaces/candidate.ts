/** An item that may stand on a list. */
export interface Candidate {
  item: string;
  /** Which source proposed it. */
  reason: string;
}
