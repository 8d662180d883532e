import type { Move } from '../counterfactual.ts';
import type { Group } from '../groups.ts';
import { type Language, PHRASES } from './languages.ts';
import { type Counted, type Order, type Rule, SOURCES, type Source, type Template } from './phrases.ts';

/** What there is to say of an item and its place. */
export interface Place {
  /** What each group adds to its score beside the list's mean item, in units of the score. */
  groups: Readonly<Partial<Record<Group, number>>>;
  /** The lane that proposed it, and why it does not stand where its score would put it; empty where there is nothing. */
  source: string;
  rule: string;
  /** Who pays for its place, and what, where it is an ad. */
  ad?: { campaign: string; price: number; currency: string } | undefined;
  moves: readonly Move[];
  price?: number | undefined;
  currency?: string | undefined;
}

/** Reasons of one sentence; a share that is smaller than this of all that speaks is left out. */
const MOST_REASONS = 3;
const LEAST_SHARE = 0.1;
/** Together less than this sets nothing apart: a hundredth of a logit is a quarter of a percent of a click rate of one half. */
const LEAST = 0.01;

/** Why an item stands where it stands, in sentences of one language. */
export function sentencesOf(place: Place, language: Language, titleOf: (item: string) => string): string[] {
  const { found, rules, ad: paid } = PHRASES[language];
  const [source, rule] = [sourceOf(place.source), ruleOf(place.rule)];
  const { ad } = place;
  return [
    ...(ad ? [filled(paid, { campaign: ad.campaign, price: money(ad.price, ad.currency, language) })] : []),
    ...(rule ? [rules[rule]] : []),
    ...weighing(place.groups, language),
    ...(source && source !== rule ? [found[source]] : []),
    ...place.moves.map(move => movedSaid(move, place, language, titleOf(move.other))),
  ];
}

/** Why the list is in its order, where its scores did not decide. */
export function orderSaid(order: Order, language: Language): string | undefined {
  return order === 'score' ? undefined : PHRASES[language].order[order];
}

/** What counts for it and what against, the weightiest first, each with its share. */
function weighing(groups: Place['groups'], language: Language): string[] {
  const { because, despite, average } = PHRASES[language];
  const told = Object.entries(groups) as [Group, number][];
  const all = told.reduce((sum, [, value]) => sum + Math.abs(value), 0);
  if (told.length === 0) return [];
  if (all < LEAST) return [average];
  const reasons = (sign: 1 | -1) =>
    told
      .filter(([, value]) => sign * value > 0 && Math.abs(value) >= LEAST_SHARE * all)
      .sort(([, a], [, b]) => sign * (b - a))
      .slice(0, MOST_REASONS)
      .map(([group, value]) => shareSaid(group, Math.abs(value) / all, language));
  const lists = new Intl.ListFormat(language, { type: 'conjunction' });
  return [
    { template: because, of: reasons(1) },
    { template: despite, of: reasons(-1) },
  ].flatMap(({ template, of }) => (of.length > 0 ? [filled(template, { reasons: lists.format(of) })] : []));
}

function shareSaid(group: Group, share: number, language: Language): string {
  const { groups, share: template } = PHRASES[language];
  return filled(template, { group: groups[group], percent: percentSaid(share, language) });
}

function movedSaid(
  { change, amount, to }: Move,
  { price, currency }: Place,
  language: Language,
  title: string,
): string {
  const { moves, quoted } = PHRASES[language];
  const isPrice = change === 'cheaper' || change === 'dearer';
  const factor = change === 'cheaper' ? 1 - amount / 100 : 1 + amount / 100;
  return filled(formOf(moves[change][to], amount, language), {
    amount: isPrice ? percentSaid(amount / 100, language) : new Intl.NumberFormat(language).format(amount),
    price: price === undefined ? '?' : money(factor * price, currency ?? '', language),
    other: filled(quoted, { title }),
  });
}

function formOf(counted: Counted, amount: number, language: Language): Template {
  return counted[new Intl.PluralRules(language).select(amount)] ?? counted.other;
}

function percentSaid(share: number, language: Language): string {
  return new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(share);
}

function money(value: number, currency: string, language: Language): string {
  return /^[A-Z]{3}$/.test(currency)
    ? new Intl.NumberFormat(language, { style: 'currency', currency }).format(value)
    : new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value);
}

/** In one go, so that what a title says is never read as a place to fill. */
function filled(template: Template, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (place, name: string) => values[name] ?? place);
}

function sourceOf(source: string): Source | undefined {
  return SOURCES.find(each => each === source);
}

/** The policy's notes, as `models/policy` words them. */
const NOTES: readonly (readonly [Rule, RegExp])[] = [
  ['pinned', /^pinned$/],
  ['bought', /^moved down: bought lately$/],
  ['dismissed', /^moved down: dismissed lately$/],
  ['clicked', /^moved down: clicked lately$/],
  ['brand', /^moved down: more than \d+ of brand /],
  ['category', /^moved down: more than \d+ of category /],
  ['far', /^moved down: fits the query little$/],
  ['diversity', /like what stands above$/],
];

export function ruleOf(note: string): Rule | undefined {
  return NOTES.find(([, pattern]) => pattern.test(note))?.[0];
}
