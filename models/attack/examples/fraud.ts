import { random } from '../../random.ts';
import type { Dataset } from '../../ranker/dataset/dataset.ts';
import { type FakeEvents, withFakeEvents } from '../features/fake-events.ts';

export interface FraudOptions extends FakeEvents {
  /** The share of the items whose features are changed. */
  readonly share: number;
}

/** Examples as they would be had a click farm taken items that were drawn, whoever shows them. */
export function pushed(examples: Dataset, { share, ...events }: FraudOptions, seed: number): Dataset {
  const order = random(seed).shuffle(Int32Array.from(examples.items.keys()));
  return touched(examples, new Set(order.subarray(0, Math.ceil(share * order.length))), events);
}

/** Examples as they would be had competitors looked, and not clicked, at the items that were clicked the most. */
export function diluted(examples: Dataset, { share, ...events }: FraudOptions): Dataset {
  const clicks = new Float32Array(examples.items.length);
  for (const [row, item] of examples.item.entries()) clicks[item]! += examples.clicked[row]!;
  const best = [...clicks.keys()].sort((a, b) => clicks[b]! - clicks[a]! || a - b);
  return touched(examples, new Set(best.slice(0, Math.ceil(share * best.length))), events);
}

function touched(examples: Dataset, items: ReadonlySet<number>, events: FakeEvents): Dataset {
  const features = withFakeEvents(examples, row => (items.has(examples.item[row]!) ? events : undefined));
  return { ...examples, features };
}
