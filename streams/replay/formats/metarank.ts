import { z } from 'zod';
import type { EventType, ProductInput } from '../../../schemas/topics/events.ts';
import { Bounded } from '../reading/bounded.ts';
import { readSteps } from '../reading/entries.ts';
import { type JsonObject, readJson } from '../reading/json.ts';
import { moment } from '../reading/moment.ts';
import { Refused } from '../refused.ts';
import { eventStep, productStep, type RequestInput, type Step, shownSteps } from '../step.ts';
import { type Fields, toProduct } from './fields.ts';

const EXPECTED =
  "Metarank's JSON objects with event: item, metadata, user, ranking or interaction, one a line or in an array";

/** Metarank's events. A ranking is a list that the shop has shown; what it says of users has no place in Temper. */
export const metarank = {
  description: EXPECTED,
  read: (file: string): AsyncIterable<Step> => {
    const memory: Memory = { products: new Bounded(REMEMBERED), rankings: new Bounded(REMEMBERED) };
    return readSteps(file, EXPECTED, readJson(file), record => steps(record, memory));
  },
};

/** An interaction that names an older ranking stands alone; a product that was last told of earlier starts anew. */
const REMEMBERED = 100_000;

interface Memory {
  products: Bounded<string, ProductInput>;
  rankings: Bounded<string, RequestInput>;
}

function steps(record: JsonObject, memory: Memory): Step[] {
  switch (record.event) {
    case 'item':
    case 'metadata':
      return [itemStep(understand(Item, record), memory)];
    case 'ranking':
      return rankingSteps(understand(Ranking, record), memory);
    case 'interaction':
      return [interactionStep(understand(Interaction, record), memory)];
    case 'user':
      return [skip('fields of users have no place in Temper')];
    default:
      throw new Refused(
        `event: expected item, metadata, user, ranking or interaction, got ${JSON.stringify(record.event)}`,
      );
  }
}

const timestamp = z.union([z.string(), z.number()]);
const optional = z.string().min(1).nullish();
const Item = z.object({
  item: z.string(),
  timestamp,
  fields: z.array(z.object({ name: z.string(), value: z.unknown() })).default([]),
});
const Ranking = z.object({
  id: z.string(),
  timestamp,
  user: optional,
  session: optional,
  items: z.array(z.object({ id: z.string() })),
});
const Interaction = z.object({
  id: z.string(),
  timestamp,
  type: z.string(),
  item: z.string(),
  ranking: optional,
  user: optional,
  session: optional,
});

/** An item event may tell only what has changed: it is laid over what is known. */
function itemStep({ item, timestamp: time, fields }: z.infer<typeof Item>, { products }: Memory): Step {
  const told: Fields = new Map(fields.map(({ name, value }) => [name, value]));
  const product = toProduct(item, moment(time, 'timestamp'), told, products.get(item));
  const step = productStep(product);
  products.set(item, product);
  return step;
}

function rankingSteps({ id, timestamp: time, items, ...who }: z.infer<typeof Ranking>, { rankings }: Memory): Step[] {
  const { user, session } = visitor(who);
  const at_ms = moment(time, 'timestamp');
  const shown = items.map((one, position) => ({ item: one.id, position, propensity: null }));
  const request: RequestInput = {
    v: 1,
    id,
    at_ms,
    user,
    session,
    surface: 'home',
    shown,
    count: Math.max(1, shown.length),
  };
  const logged = shownSteps(request);
  rankings.set(id, request);
  return logged;
}

/** What interactions are called, and what they are to Temper. Metarank leaves the names to its users. */
const TYPES: Readonly<Record<string, EventType>> = {
  ...{ view: 'view', click: 'click', cart: 'cart', purchase: 'purchase', return: 'return', dismiss: 'dismiss' },
  ...{ share: 'share', add_to_cart: 'cart', 'add-to-cart': 'cart', order: 'purchase', buy: 'purchase' },
};

function interactionStep(interaction: z.infer<typeof Interaction>, { rankings }: Memory): Step {
  const { id, type: name, item, timestamp: time } = interaction;
  if (name === 'impression') return skip('its ranking tells of it already');
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (!type) throw new Refused(`type: expected ${Object.keys(TYPES).join(', ')}, got ${name}`);
  const ranking = interaction.ranking ? rankings.get(interaction.ranking) : undefined;
  const place = ranking?.shown?.find(entry => entry.item === item);
  const { user, session } = visitor({
    user: interaction.user ?? ranking?.user,
    session: interaction.session ?? ranking?.session,
  });
  const onList = ranking && place ? { list: ranking.id, position: place.position } : {};
  return eventStep({ v: 1, id, type, at_ms: moment(time, 'timestamp'), user, session, item, ...onList });
}

/** Both may be missing, but not both at once. */
function visitor({ user, session }: { user?: string | null | undefined; session?: string | null | undefined }) {
  const known = user ?? session;
  if (!known) throw new Refused('user: expected a user or a session, got neither');
  return { user: known, session: session ?? known };
}

function understand<S extends z.ZodType>(schema: S, record: JsonObject): z.output<S> {
  const parsed = schema.safeParse(record);
  if (parsed.success) return parsed.data;
  throw new Refused(parsed.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('; '));
}

function skip(reason: string): Step {
  return { kind: 'skipped', where: '', reason, raw: '' };
}
