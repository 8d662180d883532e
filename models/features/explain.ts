import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { Currencies } from '../../schemas/policies/currencies.ts';
import { aggregationOf } from './aggregates/aggregations.ts';
import type { Aggregated } from './aggregates/declarations.ts';
import { AGGREGATES, RATES, type Rate } from './aggregates/defaults.ts';
import { RECENT, type RecentFeature } from './recent.ts';
import { sqlAsOf } from './sql/rebuild.ts';
import { FEATURE_NAMES, FEATURES, REBUILT_NAMES } from './vector.ts';

/** What there is to know of a feature, for whoever asks. */
export interface FeatureDoc {
  name: string;
  /** Whose: `user`, `item`, `session`, or of both sides of a pair, such as `user x category`. */
  of: string;
  describes: string;
  /** The types of events that it is made of; none where it comes from products. */
  events: readonly string[];
  formula: string;
  /** Where nothing has happened, before it is scaled. */
  default: number;
  /** Its place in the vector; null for what only others look into. */
  place: number | null;
  /** What it takes in the state of each key. */
  state_bytes: number;
  /** Parameters: user, item, session, query, as_of (milliseconds); null for what is no number, or what a query found. */
  sql: string | null;
}

/** By which prices are taken as they stand, as where a shop has said no rates. */
const NO_RATES = Currencies.parse({});

/**
 * Every feature, in the order of the vector; what others are made of stands behind.
 *
 * @param currencies those of the policy, by which the SQL reckons prices
 */
export function documented(currencies: Currencies = NO_RATES): FeatureDoc[] {
  const inner = AGGREGATES.filter(({ name }) => !FEATURE_NAMES.includes(name)).map(({ name }) => name);
  return [...FEATURE_NAMES, ...inner].map(name => docOf(name, currencies));
}

/** @throws INPUT_INVALID where no feature has this name */
export function explained(name: string, currencies: Currencies = NO_RATES): FeatureDoc {
  const doc = documented(currencies).find(each => each.name === name);
  if (doc) return doc;
  const parts = name.split('.').filter(part => part !== '');
  const shared = (each: string) => parts.filter(part => each.includes(part)).length;
  const alike = FEATURE_NAMES.filter(each => shared(each) > 0)
    .sort((a, b) => shared(b) - shared(a))
    .slice(0, 8);
  throw new TemperError('INPUT_INVALID', {
    where: 'temper features explain',
    expected: alike.length > 0 ? `the name of a feature, such as ${alike.join(', ')}` : 'the name of a feature',
    got: name,
    next: '`temper features list` has all of them',
  });
}

function docOf(name: string, currencies: Currencies): FeatureDoc {
  const place = FEATURE_NAMES.indexOf(name);
  const sql = REBUILT_NAMES.includes(name) ? sqlAsOf(currencies, [name]) : null;
  const known = { name, place: place < 0 ? null : place, sql };
  const aggregate = AGGREGATES.find(each => each.name === name);
  if (aggregate) return { ...known, ...ofAggregate(aggregate) };
  const rate = RATES.find(each => each.name === name);
  if (rate) return { ...known, ...ofRate(rate) };
  const recent = RECENT.find(each => each.name === name);
  if (recent) return { ...known, ...ofRecent(recent) };
  const { of, describes, events = [] } = FEATURES[place]!;
  return { ...known, of, describes, events, formula: describes, default: 0, state_bytes: 0 };
}

type Rest = Omit<FeatureDoc, 'name' | 'place' | 'sql'>;

function ofAggregate({ of, describes, events, where, aggregate, default: otherwise }: Aggregated): Rest {
  const aggregation = aggregationOf(aggregate);
  const scale = aggregate.kind === 'top' || aggregate.kind === 'sequence' ? '' : 'ln(1 + x), x = ';
  const bounds = Object.entries(where ?? {}).map(([field, { atLeast, below }]) =>
    [field, ...(atLeast === undefined ? [] : [`>= ${atLeast}`]), ...(below === undefined ? [] : [`< ${below}`])].join(
      ' ',
    ),
  );
  const formula = [`${scale}${aggregation.says(aggregate)}`, ...bounds].join(', where ');
  return { of, describes, events, formula, default: otherwise, state_bytes: 8 * aggregation.cells(aggregate) };
}

function ofRate({ of, describes, successes, trials, prior }: Rate): Rest {
  const names = [...Object.keys(successes), ...Object.keys(trials)];
  const events = AGGREGATES.filter(({ name }) => names.includes(name)).flatMap(each => each.events);
  const formula = `(${sumSaid(successes)} + ${prior.trials * prior.rate}) / (${sumSaid(trials)} + ${prior.trials})`;
  return { of, describes, events: [...new Set(events)], formula, default: prior.rate, state_bytes: 0 };
}

function sumSaid(terms: Rate['trials']): string {
  const said = Object.entries(terms).map(([name, factor]) =>
    factor === 1 ? name : `${Number(factor.toFixed(4))} ${name}`,
  );
  return said.join(' + ');
}

function ofRecent({ describes, events, same, inSession, aggregate, default: otherwise }: RecentFeature): Rest {
  const of = [inSession ? 'session' : 'user', ...(same ? [same] : [])].join(' x ');
  const among = [
    `the user's newest ${LIMITS.recent_events_per_user} events on items`,
    ...(inSession ? ['of the session'] : []),
    ...(same ? [`with the ${same} of the candidate`] : []),
  ].join(' ');
  const formula = `ln(1 + x), x = ${aggregationOf(aggregate).says(aggregate)}, among ${among}`;
  return { of, describes, events, formula, default: otherwise, state_bytes: 0 };
}
