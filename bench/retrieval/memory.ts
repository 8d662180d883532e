import { applyToItem, applyToUser, noItem, noUser, writeItem, writeUser } from '../../models/features/states.ts';
import { random } from '../../models/random.ts';
import type { ShopEvent } from '../../schemas/events.ts';
import { Memory } from '../../streams/scorer/memory.ts';
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
  const read: Read = (topic, key, value) =>
    memory.apply(topic, { key, value: Buffer.from(value), offset: 0, timestamp_ms: now_ms });

  const products_us = cpuOf(() => {
    for (const product of products) read('shop.catalogue', product.item, JSON.stringify(product));
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
  for (const [n, { item }] of products.entries()) {
    if (n % 3 === 0) continue; // a third of the shop was never clicked
    const state = noItem();
    const from = { event_ms: now_ms, partition: 0, offset: n };
    applyToItem(state, { v: 1, item, type: 'click', at_ms: now_ms - n, ...from });
    read('features.item', item, writeItem({ item, applied: { 0: n }, event_ms: now_ms, state }));
  }
  const users_us = cpuOf(() => fillUsers(users, products, now_ms, read));
  const megabytes = Math.round(process.memoryUsage().rss / 2 ** 20);
  const each = (us: number, n: number) => Math.round(us / n);
  const cost = {
    products_us: each(products_us, items),
    vectors_us: each(vectors_us, items),
    users_us: each(users_us, users),
  };
  return { memory, products, vectorOf: text, now_ms, cost: { ...cost, megabytes } };
}

type Read = (topic: string, key: string, value: string) => void;

function fillUsers(users: number, products: readonly MadeProduct[], now_ms: number, read: Read): void {
  const byGroup = new Map<number, MadeProduct[]>();
  for (const product of products) byGroup.set(product.group, [...(byGroup.get(product.group) ?? []), product]);
  const groups = [...byGroup.values()];
  for (let n = 0; n < users; n++) {
    const draws = random(3, n);
    const liked = Array.from({ length: 3 }, () => groups[zipf(groups.length, draws)]!);
    const state = noUser();
    for (let k = 0; k < EVENTS; k++) {
      const group = liked[draws.below(3)]!;
      const { item } = group[zipf(group.length, draws)]!;
      const event: ShopEvent = {
        v: 1,
        id: `u${n}/${k}`,
        type: 'click',
        at_ms: now_ms - 1_000 + k,
        user: `u${n}`,
        session: 's',
        item,
      };
      applyToUser(state, event);
    }
    read('features.user', `u${n}`, writeUser({ user: `u${n}`, applied: { 0: n }, event_ms: now_ms, state }));
  }
}

function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
