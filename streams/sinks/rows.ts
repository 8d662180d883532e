import { type LiveItem, type LiveUser, valuesOf } from '../../models/features/states.ts';
import { fromHalves } from '../../models/graph/half.ts';
import { packedBits } from '../../models/retrieval/vectors/item-vector.ts';
import type { Shadow } from '../../schemas/models/trials.ts';
import type { Campaign, Charge } from '../../schemas/topics/ads.ts';
import { isCounted, mayTeach } from '../../schemas/topics/consent.ts';
import { type Product, type ShopEvent, targetOf } from '../../schemas/topics/events.ts';
import type { DeadLetter } from '../../schemas/topics/operations.ts';
import type { Example, RankedList } from '../../schemas/topics/ranking.ts';
import type { Answer } from '../../schemas/topics/support.ts';
import type { ItemVectors } from '../../schemas/topics/vectors.ts';
import type { RecordOf } from '../admit.ts';
import type { Snapshot } from '../features/log/snapshot.ts';
import type { TopicName } from '../graph.ts';

/** How a topic is archived: in which table, and how a record becomes rows. */
export interface Archive<R> {
  table: string;
  rows(record: R): object[];
  /** The rows of a tombstone, where the topic has them. */
  withdrawn?(key: string, at_ms: number): object[];
}

/** Topic by topic. To archive another one, add a line here, its table in schemas/tables.ts, and its name to the graph. */
export const ARCHIVES: { readonly [T in TopicName]?: Archive<RecordOf<T>> } = {
  'shop.events': { table: 'events', rows: eventRows },
  'shop.catalogue': { table: 'catalogue', rows: productRows, withdrawn: withdrawnRow },
  'rank.lists': { table: 'ranked_lists', rows: listRows },
  'rank.shadows': { table: 'shadows', rows: shadowRows },
  'support.answers': { table: 'answers', rows: answerRows },
  'rank.examples': { table: 'examples', rows: exampleRows },
  'shop.campaigns': { table: 'campaigns', rows: campaignRows, withdrawn: endedRow },
  'ads.charges': { table: 'charges', rows: chargeRows },
  'features.user.snapshots': { table: 'user_features', rows: userRows },
  'features.item.snapshots': { table: 'item_features', rows: itemRows },
  // What was learned from a product that is withdrawn was learned from its vector: it stays.
  'item.vectors': { table: 'item_vectors', rows: vectorRows, withdrawn: () => [] },
  'dead.letters': { table: 'dead_letters', rows: deadLetterRows },
};

/** A row of `events`, without its source. */
export interface EventRow {
  id: string;
  type: string;
  at: number;
  user: string;
  session: string;
  item: string;
  list: string;
  position: number | null;
  surface: string;
  query: string;
  value: number | null;
  currency: string;
  target: string;
  teaches: boolean;
}

/** Features are made again of what is archived: so what they may not be made of is not. */
export function eventRows(event: ShopEvent): EventRow[] {
  return isCounted(event) ? [eventRow(event)] : [];
}

export function eventRow(event: ShopEvent): EventRow {
  const { id, type, at_ms: at, user, session } = event;
  const some = event as SomeHave;
  const { item = '', answer = '', list = answer, surface = '', value, currency = '' } = some;
  return {
    ...{ id, type, at, user, session, item, list, surface },
    position: some.position ?? null,
    query: some.text ?? some.query ?? '',
    value: typeof value === 'number' ? value : null,
    currency,
    target: targetOf(event) ?? '',
    teaches: mayTeach(event),
  };
}

/** What some types of events have. */
interface SomeHave {
  item?: string | undefined;
  list?: string | undefined;
  /** Stands in the archive where a list does. */
  answer?: string;
  position?: number | undefined;
  surface?: string | undefined;
  value?: unknown;
  currency?: string | undefined;
  query?: string | undefined;
  text?: string;
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

function withdrawnRow(item: string, at_ms: number): object[] {
  return [{ item, at: at_ms, title: '', category: '', available: false, withdrawn: true }];
}

/** Completions are no list: what somebody is about to type is kept nowhere. */
function listRows(list: RankedList): object[] {
  return list.search?.suggestions ? [] : [listRow(list)];
}

function listRow({ v: _v, id, at_ms, items, applied, experiment, role, search, consent, ...list }: RankedList): object {
  return {
    ...experimentIn({ experiment, role }),
    understood: search?.understood ? JSON.stringify(search.understood) : '',
    rescue: search?.rescue ?? '',
    matching: search?.facets?.matching ?? null,
    teaches: mayTeach({ consent }),
    query: '',
    language: '',
    removed: {},
    slate_propensity: null,
    ...list,
    applied_user: applied?.user ?? 0,
    applied_items: applied?.items ?? {},
    applied_catalogue: applied?.catalogue ?? [],
    list: id,
    at: at_ms,
    items: items.map(item => item.item),
    scores: items.map(item => item.score),
    propensities: items.map(item => item.propensity),
    reasons: items.map(item => item.reason),
    policies: items.map(item => item.policy ?? ''),
    teams: experiment?.group === 'both' ? items.map(item => item.team ?? '') : [],
    features: items.map(item => item.features),
    campaigns: items.map(item => item.ad?.campaign ?? ''),
    prices: items.map(item => item.ad?.price_micros ?? null),
    click_rates: items.some(item => item.ad) ? items.map(item => item.ad?.click_rate ?? 0) : [],
  };
}

function exampleRows({ v: _v, at_ms, items, experiment, role, ...example }: Example): object[] {
  const part = experimentIn({ experiment, role });
  return items.map(item => ({ ...example, ...part, team: '', ...item, at: at_ms }));
}

/** The columns by which lists and examples of an experiment are found. */
function experimentIn({ experiment, role }: Pick<RankedList, 'experiment' | 'role'>) {
  const { id = '', stage = '', group = '' } = experiment ?? {};
  return { role: role ?? '', experiment: id, stage, assigned: group };
}

function answerRows({ at_ms, intent, sources, ...answer }: Answer): object[] {
  const { id, user, session, question, language, outcome, text, recommended, generator, dropped, spent_ms } = answer;
  return [
    {
      ...{ answer: id, at: at_ms, user, session, question, language: language ?? '', outcome, text },
      ...{ intent: intent?.name ?? '', probability: intent?.probability ?? null, generator, dropped, spent_ms },
      sources: sources.map(({ id }) => id),
      list: recommended?.list ?? '',
    },
  ];
}

function shadowRows({ v: _v, at_ms, role: _role, ...shadow }: Shadow): object[] {
  return [{ ...shadow, at: at_ms }];
}

function campaignRows(record: Campaign): object[] {
  const { v: _v, at_ms, starts_ms, ends_ms, weekdays, hours, cap, ...campaign } = record;
  return [{ ...campaign, at: at_ms, terms: JSON.stringify({ starts_ms, ends_ms, weekdays, hours, cap }) }];
}

function endedRow(campaign: string, at_ms: number): object[] {
  return [{ campaign, at: at_ms, status: 'ended' }];
}

function chargeRows({ v: _v, at_ms, list_at_ms, ...charge }: Charge): object[] {
  return [{ ...charge, at: at_ms, list_at: list_at_ms }];
}

function userRows({ entries }: Snapshot<LiveUser>): object[] {
  return entries.map(([user, state]) => {
    return { user, at: state.at_ms, values: valuesOf('user', state), recent: state.recent.map(({ item }) => item) };
  });
}

function itemRows({ entries }: Snapshot<LiveItem>): object[] {
  return entries.map(([item, state]) => ({ item, at: state.at_ms, values: valuesOf('item', state) }));
}

function vectorRows({ item, at_ms, vectors }: ItemVectors): object[] {
  return vectors.map(({ modality, encoder, hash, ...vector }) => {
    return { item, modality, encoder, hash, at: at_ms, values: [...fromHalves(packedBits(vector))] };
  });
}

function deadLetterRows({ v: _v, topic, partition, offset, at_ms, ...letter }: DeadLetter): object[] {
  return [{ ...letter, at: at_ms, source_topic: topic, source_partition: partition, source_offset: offset }];
}
