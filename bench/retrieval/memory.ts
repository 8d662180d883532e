import { random } from '../../models/random.ts';
import type { ShopEvent } from '../../schemas/topics/events.ts';
import { Memory } from '../../streams/scorer/memory/memory.ts';
import { Deltas } from '../../test/sim/deltas.ts';
import { asRecord, type MadeProduct, makeProducts, makeVectors, zipf } from './catalogue.ts';

export interface FilledMemory {
  memory: Memory;
  products: readonly MadeProduct[];
  /** A product's vector of its text. */
  vectorOf: (product: MadeProduct) => Float32Array;
  now_ms: number;
  cost: { products_us: number; vectors_us: number; users_us: number; megabytes: number };
}

const EVENTS = 24;

/** A scorer's memory after it has read a shop: products, their vectors and clicks, and users who keep to a few categories. */
export function fillMemory(options: {
  items: number;
  users: number;
  widths: { text: number; image?: number };
}): FilledMemory {
  const { items, users, widths } = options;
  const now_ms = Date.now();
  const memory = new Memory();
  const products = makeProducts(items, now_ms);
  const products_us = cpuOf(() => {
    for (const product of products) {
      const value = Buffer.from(JSON.stringify(product));
      memory.apply('shop.catalogue', 0, { key: product.item, value, offset: 0, timestamp_ms: now_ms });
    }
  });
  const text = makeVectors(products, widths.text);
  const image = widths.image === undefined ? undefined : makeVectors(products, widths.image);
  const vectors_us = cpuOf(() => {
    for (const product of products) {
      const vectors = [asRecord(product.item, 'text', text(product))];
      if (image) vectors.push(asRecord(product.item, 'image', image(product)));
      memory.vectors.set(product.item, vectors);
    }
  });
  for (const modality of ['text', ...(image ? ['image' as const] : [])] as const) {
    const report = {
      v: 1,
      modality,
      partition: 0,
      partitions: 1,
      encoder: `made-${modality}@00000000`,
      items,
      at_ms: now_ms,
    } as const;
    memory.vectors.encoders.take(modality, report);
  }
  const deltas = new Deltas();
  const clicks = products
    .filter((_, n) => n % 3 !== 0) // a third of the shop was never clicked
    .map(({ item }, n) => click(`c${n}`, `visitor ${n}`, item, now_ms - n));
  read(deltas, memory, clicks, now_ms);
  const made = clicksOfUsers(users, products, now_ms);
  const users_us = cpuOf(() => {
    for (const events of made) read(deltas, memory, events, now_ms);
  });
  const megabytes = Math.round(process.memoryUsage().rss / 2 ** 20);
  const each = (us: number, n: number) => Math.round(us / n);
  const cost = {
    products_us: each(products_us, items),
    vectors_us: each(vectors_us, items),
    users_us: each(users_us, users),
  };
  return { memory, products, vectorOf: text, now_ms, cost: { ...cost, megabytes } };
}

const click = (id: string, user: string, item: string, at_ms: number): ShopEvent => {
  return { v: 1, id, type: 'click', at_ms, user, session: 's', item };
};

function read(deltas: Deltas, memory: Memory, events: readonly ShopEvent[], now_ms: number): void {
  for (const [topic, record] of deltas.of(events, now_ms)) memory.apply(topic, 0, record);
}

/** The events of each user. */
function clicksOfUsers(users: number, products: readonly MadeProduct[], now_ms: number): ShopEvent[][] {
  const byGroup = new Map<number, MadeProduct[]>();
  for (const product of products) byGroup.set(product.group, [...(byGroup.get(product.group) ?? []), product]);
  const groups = [...byGroup.values()];
  return Array.from({ length: users }, (_, n) => {
    const draws = random(3, n);
    const liked = Array.from({ length: 3 }, () => groups[zipf(groups.length, draws)]!);
    return Array.from({ length: EVENTS }, (_, k) => {
      const group = liked[draws.below(3)]!;
      const { item } = group[zipf(group.length, draws)]!;
      return click(`u${n}/${k}`, `u${n}`, item, now_ms - 1_000 + k);
    });
  });
}

function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
