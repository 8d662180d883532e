import { topicSpecs } from '../../streams/graph.ts';
import type { Embedded } from '../embedded.ts';

const GROUP = 'temper.features.users';
const EVENTS = 'shop.events';

/** The feature job has never been: it makes its states anew, from the first event on. */
export async function forgetFeatures({ bus, config }: Embedded): Promise<void> {
  await bus.operator.recreate(topicSpecs(config).filter(({ topic }) => topic.startsWith('features.')));
  const starts = new Map([...(await bus.bounds(EVENTS))].map(([partition, { low }]) => [partition, low]));
  await bus.operator.move(GROUP, EVENTS, starts, await bus.operator.logsOf(GROUP));
}
