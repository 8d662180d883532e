import { count } from '../../models/features/aggregates/declarations.ts';
import { compile } from '../../models/features/aggregates/reducer.ts';
import { EVENT_TYPES } from '../../schemas/topics/events.ts';
import { entityOf } from '../../streams/features/log/entities.ts';

/** Ten minutes of tiles of one: the count of a minute is a tile, that of five minutes the sum of five. */
const COUNTS = compile('user', [
  {
    name: 'user.events.10m',
    of: 'user',
    describes: 'events of the last ten minutes',
    events: EVENT_TYPES,
    aggregate: count('10m', '1m'),
    default: 0,
  },
]);
export const COUNTED = entityOf(COUNTS, true);
