import type { z } from 'zod';
import { Product, ShopEvent } from '../../schemas/events.ts';
import { ItemFeatures, UserFeatures } from '../../schemas/features.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { DeadLetter } from '../../schemas/operations.ts';
import { Example, RankedList } from '../../schemas/ranking.ts';
import type { TopicName } from '../graph.ts';

/** How a topic is archived: in which table, and how a record becomes rows. */
export interface Archive {
  table: string;
  schema: z.ZodType;
  limit_bytes: number;
  rows(record: unknown): object[];
  /** The row of a tombstone, where the topic has them. */
  withdrawn?(key: string, at_ms: number): object;
}

function archive<S extends z.ZodType>(
  table: string,
  schema: S,
  rows: (record: z.output<S>) => object[],
  more: Partial<Archive> = {},
): Archive {
  return { table, schema, limit_bytes: LIMITS.record_bytes, rows: record => rows(record as z.output<S>), ...more };
}

/** Topic by topic. To archive another one, add a line here, its table in schemas/tables.ts, and its name to the graph. */
export const ARCHIVES: Partial<Record<TopicName, Archive>> = {
  'shop.events': archive('events', ShopEvent, eventRows, { limit_bytes: LIMITS.event_bytes }),
  'shop.catalogue': archive('catalogue', Product, productRows, {
    limit_bytes: LIMITS.event_bytes,
    withdrawn: withdrawnRow,
  }),
  'rank.lists': archive('ranked_lists', RankedList, listRows),
  'rank.examples': archive('examples', Example, exampleRows),
  'features.user': archive('user_features', UserFeatures, userRows),
  'features.item': archive('item_features', ItemFeatures, itemRows),
  'dead.letters': archive('dead_letters', DeadLetter, deadLetterRows),
};

function eventRows(event: ShopEvent): object[] {
  const { v: _v, at_ms, ...fields } = event;
  const value = 'value' in event && typeof event.value === 'number' ? event.value : null;
  const query = event.type === 'question' ? event.text : event.type === 'search' ? event.query : '';
  return [{ item: '', list: '', position: null, surface: '', ...fields, at: at_ms, value, query }];
}

function productRows({ v: _v, at_ms, ...product }: Product): object[] {
  return [
    {
      description: '',
      brand: '',
      price: null,
      currency: '',
      attributes: {},
      ...product,
      at: at_ms,
      withdrawn: false,
    },
  ];
}

function withdrawnRow(item: string, at_ms: number): object {
  return { item, at: at_ms, title: '', category: '', available: false, withdrawn: true };
}

function listRows({ v: _v, id, at_ms, items, ...list }: RankedList): object[] {
  return [
    {
      ...list,
      list: id,
      at: at_ms,
      items: items.map(item => item.item),
      scores: items.map(item => item.score),
      propensities: items.map(item => item.propensity),
      reasons: items.map(item => item.reason),
      features: items.map(item => item.features),
    },
  ];
}

function exampleRows({ v: _v, at_ms, items, ...example }: Example): object[] {
  return items.map(item => ({ ...example, ...item, at: at_ms }));
}

function userRows({ user, state }: UserFeatures): object[] {
  return [{ user, at: state.at_ms, sums: state.sums, recent: state.recent.map(event => event.item) }];
}

function itemRows({ item, state }: ItemFeatures): object[] {
  return [{ item, at: state.at_ms, sums: state.sums }];
}

function deadLetterRows({ v: _v, topic, partition, offset, at_ms, ...letter }: DeadLetter): object[] {
  return [{ ...letter, at: at_ms, source_topic: topic, source_partition: partition, source_offset: offset }];
}
