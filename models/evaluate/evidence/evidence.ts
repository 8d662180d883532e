import type { Parity } from '../../compress/parity.ts';
import type { Evaluation } from '../compare.ts';
import type { Robustness } from '../robustness.ts';
import type { Serving } from './serving.ts';
import type { Variety } from './variety.ts';

/** What gates judge by. A part that nobody has looked for is absent, and its gate then asks nothing. */
export interface Evidence {
  /** Candidate, champion and popularity on examples that none of them has seen. */
  evaluation: Evaluation;
  /** What attacks leave of candidate and champion; null where no list tells. */
  robustness?: Robustness | null;
  /** What the tops of lists are like under either. */
  variety?: Variety;
  /**
   * Values of features that were compared as served and as declared, while the examples came; and how many checks are not
   * counted, since they were made between an erasure and the rebuild behind it.
   */
  consistency?: { compared: number; different: number; overtaken?: number };
  /** A compressed candidate's scores beside those of the model that it was made from. */
  parity?: Parity;
  /** What it costs to serve. */
  serving?: Serving;
}
