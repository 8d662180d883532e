import type { Order } from '../../models/support/passages/orders.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';

interface Row {
  id: string;
  type: Order['type'];
  at_ms: string | number;
  item: string;
  value: number | null;
  /** Empty where the shop has not said it. */
  currency: string;
}

const MOST = 20;
/** By then the archive has what was read here. */
const RECENT_MS = 10 * 60_000;

/** By the user's name, as the archive has it, and by nothing that a question says. */
const SQL = `SELECT id, type, toUnixTimestamp64Milli(at) AS at_ms, item, value, currency FROM events
  WHERE user = {user:String} AND type IN ('purchase', 'return') ORDER BY at DESC, id LIMIT 1 BY id LIMIT ${MOST}`;

/**
 * What users bought and sent back: from the archive, which knows all of it a second or so later, and from what this
 * process has read itself meanwhile.
 */
export class Orders {
  readonly #store: Pick<RowStore, 'query'>;
  readonly #recent = new Map<string, { user: string; order: Order; read_ms: number }>();

  constructor(store: Pick<RowStore, 'query'>) {
    this.#store = store;
  }

  /** Notes a purchase or a return; other events change nothing. */
  note(event: ShopEvent, now_ms: number): void {
    for (const [id, { read_ms }] of this.#recent) {
      if (read_ms > now_ms - RECENT_MS) break;
      this.#recent.delete(id);
    }
    if (event.type !== 'purchase' && event.type !== 'return') return;
    const { id, type, at_ms, item, user } = event;
    const paid = event.type === 'purchase' ? { value: event.value, currency: event.currency } : {};
    this.#recent.set(id, { user, order: { id, type, at_ms, item, ...paid }, read_ms: now_ms });
  }

  /** Those of one user, the newest first. @throws UNREACHABLE where the archive does not answer */
  async of(user: string): Promise<Order[]> {
    const rows = await this.#store.query<Row>(SQL, { user });
    const known = new Map(
      rows.map(({ id, type, at_ms, item, value, currency }): [string, Order] => [
        id,
        {
          id,
          type,
          at_ms: Number(at_ms),
          item,
          ...(value !== null && { value }),
          ...(currency !== '' && { currency }),
        },
      ]),
    );
    for (const [id, each] of this.#recent) if (each.user === user) known.set(id, each.order);
    return [...known.values()].sort((a, b) => b.at_ms - a.at_ms || (a.id < b.id ? -1 : 1)).slice(0, MOST);
  }
}
