import { TemperError } from '../../schemas/errors.ts';
import { evenly, type NextItems } from '../evaluate/ranks.ts';
import { type Dataset, splitByTime } from '../ranker/dataset/dataset.ts';
import { cutJourneys, type Journeys } from './journeys.ts';

/** What a blend learns from, is chosen by, and is calibrated by: three parts, in the order of time. */
export interface BlendParts {
  /** The items that it knows. */
  items: string[];
  /** What tells what each of them is. */
  described: string[][];
  training: Int32Array[];
  /** Later events by which stages and voices are chosen, */
  judges: NextItems;
  /** and still later rows by which its scores are made click probabilities. */
  calibration: Dataset;
}

const JUDGES = 2_000;
/** Scores of items that all judges may take for one choice. */
const JUDGED_SCORES = 24_000_000;
/** With fewer clicks in the half of the validation part that is left for them, the weights are the whole part's. */
const LEAST_CLICKS = 20;

/** @throws INPUT_INVALID where the examples come without journeys, DATA_INSUFFICIENT where nobody came back to judge by */
export function splitForBlend({ train, validation }: { train: Dataset; validation: Dataset }): BlendParts {
  const journeys = journeysOf(train);
  const { chosenBy, calibration } = halves(validation);
  const until_ms = chosenBy.at_ms.at(-1)! + 1;
  const { items, sequences, later } = cutJourneys(journeys, { from_ms: validation.at_ms[0]!, until_ms });
  requireJudges(later);
  return {
    items: items.map(place => journeys.items[place]!),
    described: items.map(place => journeys.described[place]!),
    training: sequences,
    judges: evenly(later, Math.min(JUDGES, Math.ceil(JUDGED_SCORES / items.length))),
    calibration,
  };
}

/** What chose a model has flattered it: its clicks say too much of it. */
function halves(validation: Dataset): { chosenBy: Dataset; calibration: Dataset } {
  const [chosenBy, calibration] = splitByTime(validation, [1, 1]) as [Dataset, Dataset];
  const clicks = calibration.clicked.reduce((sum, each) => sum + each, 0);
  const isEnough = chosenBy.rows > 0 && clicks >= LEAST_CLICKS && calibration.rows - clicks >= LEAST_CLICKS;
  return isEnough ? { chosenBy, calibration } : { chosenBy: validation, calibration: validation };
}

function journeysOf({ journeys }: Dataset): Journeys {
  if (journeys) return journeys;
  throw new TemperError('INPUT_INVALID', {
    where: 'the training of a sequence ranker',
    expected: 'a snapshot with what users did',
    got: 'examples alone',
    next: 'Take the snapshot with TEMPER_RANKER=sequence',
  });
}

function requireJudges({ targets }: NextItems): void {
  if (targets.length > 0) return;
  throw new TemperError('DATA_INSUFFICIENT', {
    where: 'a sequence ranker',
    expected: 'users who come back within the validation part',
    got: 'none',
    next: 'Wait until more lists were shown',
  });
}
