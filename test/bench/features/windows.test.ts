import { expect, it } from 'vitest';
import { windowFigures } from '../../../bench/features/windows.ts';

it('the feature job is set beside Kafka Streams of the same round', () => {
  const rates = { ours: [100, 50, 80], tumbling: [50, 20, 40], hopping: [20, 10, 10] };
  const [tumbling, hopping] = windowFigures(rates);
  expect(tumbling).toMatchObject({ ours: 80, kafka_streams: 40, ratio: 2, ratio_low: 2, ratio_high: 2.5 });
  expect(hopping).toMatchObject({ ours: 80, kafka_streams: 10, ratio: 5, ratio_low: 5, ratio_high: 8 });
  expect(hopping!.rounds).toEqual([
    { ours: 100, kafka_streams: 20 },
    { ours: 50, kafka_streams: 10 },
    { ours: 80, kafka_streams: 10 },
  ]);
});
