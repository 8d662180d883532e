import type { EventType } from '../../../schemas/topics/events.ts';
import { type Aggregation, aggregationOf, type Run } from './aggregations.ts';
import type { Aggregate, Aggregated, Entity, Fact, Where } from './declarations.ts';
import { AGGREGATES } from './defaults.ts';

/** What is remembered of a key: the time of its newest event, 0 before the first, and the cells of its aggregates. */
export interface Cells {
  at_ms: number;
  cells: Float64Array;
  /** What was made of it last, for whoever asks again soon; gone with the next event. */
  made?: unknown;
}

/** `late`: older than the key's newest event, and counted. `too late`: so old that it is out of a window for ever. */
export type Lateness = 'in order' | 'late' | 'too late';

/** What an event changes: one aggregate. */
interface Step {
  aggregate: Aggregate;
  add: Aggregation<Aggregate>['add'];
  at: number;
  matches: ((fact: Fact) => boolean) | undefined;
}

/** What time changes, and what is read together. */
interface Stretch extends Run<Aggregate> {
  pass: Aggregation<Aggregate>['pass'] | undefined;
  read: Aggregation<Aggregate>['read'];
  /** The place of the first value. */
  place: number;
}

/** Declarations of one entity, compiled: where each has its cells, and what an event of each type changes. */
export interface Reducer {
  /** In the order of their values. */
  declared: readonly Aggregated[];
  /** The place of each one's first cell, and behind the last the number of all cells. */
  places: readonly number[];
  stretches: readonly Stretch[];
  passing: readonly Stretch[];
  adding: ReadonlyMap<EventType, readonly Step[]>;
}

export const REDUCERS: Readonly<Record<Entity, Reducer>> = { user: compile('user'), item: compile('item') };

/** @throws an Error where two have one name */
export function compile(of: Entity, aggregates: readonly Aggregated[] = AGGREGATES): Reducer {
  const runs = new Map<string, Aggregated[]>();
  for (const each of aggregates.filter(each => each.of === of)) {
    const { kind } = each.aggregate;
    const run = `${kind} ${aggregationOf(each.aggregate).pace(each.aggregate)}`;
    runs.set(run, [...(runs.get(run) ?? []), each]);
  }
  const declared: Aggregated[] = [];
  const places = [0];
  const stretches: Stretch[] = [];
  const adding = new Map<EventType, Step[]>();
  for (const run of runs.values()) {
    const { aggregate } = run[0]!;
    const { pass, read } = aggregationOf(aggregate);
    stretches.push({ of: aggregate, at: places.at(-1)!, many: run.length, place: declared.length, pass, read });
    for (const each of run) {
      const step = stepOf(each, places.at(-1)!);
      for (const type of each.events) adding.set(type, [...(adding.get(type) ?? []), step]);
      declared.push(each);
      places.push(step.at + aggregationOf(each.aggregate).cells(each.aggregate));
    }
  }
  if (new Set(declared.map(({ name }) => name)).size < declared.length) throw new Error('two features have one name');
  return { declared, places, stretches, passing: stretches.filter(({ pass }) => pass), adding };
}

function stepOf({ aggregate, where }: Aggregated, at: number): Step {
  return { aggregate, add: aggregationOf(aggregate).add, at, matches: where && within(where) };
}

export function noCells({ places }: Reducer): Cells {
  return { at_ms: 0, cells: new Float64Array(places.at(-1)!), made: undefined };
}

/** Changes the state by one event. Events may come in any order. */
export function apply({ passing, adding }: Reducer, state: Cells, fact: Fact): Lateness {
  const { cells } = state;
  state.made = undefined;
  const late = fact.at_ms < state.at_ms;
  if (fact.at_ms > state.at_ms) {
    for (const stretch of passing) stretch.pass!(cells, stretch, state.at_ms, fact.at_ms);
    state.at_ms = fact.at_ms;
  }
  let inTime = true;
  for (const { add, at, aggregate, matches } of adding.get(fact.type) ?? []) {
    if ((!matches || matches(fact)) && !add(cells, at, aggregate, fact, state.at_ms)) inTime = false;
  }
  if (!inTime) return 'too late';
  return late ? 'late' : 'in order';
}

/** The value of each declared aggregate at a time, into `into`. */
export function valuesAt(reducer: Reducer, state: Cells | undefined, now_ms: number, into: Float64Array): Float64Array {
  const { declared, stretches } = reducer;
  if (state) {
    for (const stretch of stretches) stretch.read(state.cells, stretch, state.at_ms, now_ms, into, stretch.place);
  }
  for (let n = 0; n < declared.length; n++) if (!state || Number.isNaN(into[n]!)) into[n] = declared[n]!.default;
  return into;
}

/** The place of a feature's value. */
export function placeOf({ declared }: Reducer, name: string): number {
  const place = declared.findIndex(each => each.name === name);
  if (place < 0) throw new Error(`expected the name of an aggregate, got ${name}`);
  return place;
}

/** The value of one aggregate at a time. */
export function valueAt(reducer: Reducer, state: Cells | undefined, name: string, now_ms: number): number {
  const place = placeOf(reducer, name);
  return valuesAt(reducer, state, now_ms, new Float64Array(reducer.declared.length))[place]!;
}

function within(where: Where): (fact: Fact) => boolean {
  const bounds = Object.entries(where).map(([field, { atLeast = -Infinity, below = Infinity }]) => {
    return { field: field as keyof Where, atLeast, below };
  });
  return fact => bounds.every(({ field, atLeast, below }) => fact[field] >= atLeast && fact[field] < below);
}
