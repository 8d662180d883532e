import { purchaseRates } from '../../models/ads/purchase-rates.ts';
import { historyOf } from '../../models/features/history.ts';
import { tasteOf } from '../../models/features/taste.ts';
import { FEATURE_NAMES, FEATURES_VERSION } from '../../models/features/vector.ts';
import { tokensOf } from '../../models/next-item/tokens.ts';
import type { Policies } from '../../schemas/policies/policy.ts';
import { isPersonal } from '../../schemas/topics/consent.ts';
import { packRows } from '../../schemas/topics/feature-vector.ts';
import type { Arm, ListRecord, RankedItem, RankRequest } from '../../schemas/topics/ranking.ts';
import { removing, sellPlaces } from '../ads/sale.ts';
import type { Candidate } from '../surfaces/lane.ts';
import type { QueryVector } from '../surfaces/query-vectors.ts';
import { asksChampion, candidatesFor } from '../surfaces/surface.ts';
import type { Champion } from './champion/champion.ts';
import { giveBack, takeMatrix } from './matrices.ts';
import { knownOf } from './memory/known.ts';
import type { Memory } from './memory/memory.ts';
import { admissible, armOf, placeItems, rulesOf, type Shares, withPins } from './policy.ts';
import { clickRatesOf, featuresOf, type Rankers, scoresOf } from './scores.ts';
import type { Challenger } from './trial/challenger.ts';

/** What the shop decides about lists. */
export interface Settings extends Shares {
  policies: Policies;
}

/** Items that the champion is asked for: some of what it expects may not be there any more. */
const NEXT = 150;

/**
 * One request to one ranked list: candidates, features, scores, order. There is always a list: where the champion
 * fails, popularity orders it, and the list says so.
 *
 * @param challenger who is on trial beside the champion, if anybody is
 * @param queue_ms how long the request waited, in its topic and for the vector of its query
 */
export async function answer(
  request: RankRequest,
  memory: Memory,
  champion: Champion,
  settings: Settings,
  queue_ms: number,
  queryVector?: QueryVector,
  challenger?: Challenger,
): Promise<ListRecord> {
  const started = performance.now();
  const history = historyOf(knownOf(request, memory));
  const chosen = armOf(request, settings);
  const isSold = request.surface === 'ads' && !request.shown;
  const experiment = IN_TRIALS.has(chosen) && !isSold ? challenger?.experimentFor(request) : undefined;
  const trial = challenger && experiment && { challenger: challenger.ranker, experiment };
  const rankers = { champion, ...(trial && { trial }) };
  const next = asksChampion(request) ? await nextBy(rankers, history) : [];

  // From here on until the features are made nothing waits: all of them are of one moment, which the list tells.
  const user = knownOf(request, memory);
  const recent = user?.recent ?? [];
  const taste = tasteOf(user, item => memory.products.get(item));
  const policy = isSold ? removing(settings.policies.ads) : settings.policies[request.surface];
  const rules = rulesOf(request, policy, recent);
  const { candidates: proposed, search } = candidatesFor({ request, memory, recent, taste, next, queryVector });
  const wanted = search?.suggestions ? [] : withPins(proposed, rules, memory);
  const { left: candidates, removed } = admissible(request, wanted, rules, memory);
  const found = performance.now();

  const features = featuresOf(request, candidates, taste, memory, takeMatrix(candidates.length));
  const items = candidates.map(({ item }) => item);
  const { currency } = request;
  const applied = isPersonal(request) ? memory.applied(request.user, items) : undefined; // else nobody could make them again
  const filled = performance.now();

  const describe = (item: string) => tokensFor(memory, item);
  const pairs = { items, features, history, vectors: memory.vectors, describe };
  const scored = await scoresOf(chosen, request, candidates, pairs, rankers);
  const { arm, model, role, scores, interleaved } = scored;
  const places = interleaved?.places ?? scores;
  const far = search && model !== 'relevance' ? farAmong(candidates) : undefined;
  const placing = { arm, request, items, shares: settings, memory, ...(far && { far }) };
  const sold = isSold
    ? sellPlaces({
        ...placing,
        clickRates: clickRatesOf(scored, memory.market.clickFactorOf(model)),
        purchaseRates: purchaseRates(features, items.length),
        policy: settings.policies.ads,
      })
    : undefined;
  const slate = sold ?? placeItems({ ...placing, scores: places, rules });
  const done = performance.now();

  const packed = packRows(features, FEATURE_NAMES.length);
  const list: ListRecord = {
    ...headOf(request),
    ...(search && { search }),
    model,
    arm,
    ...(role && { role }),
    ...(scored.experiment && { experiment: scored.experiment }),
    features_version: FEATURES_VERSION,
    ...(applied && { applied }),
    candidates: candidates.length,
    ...(Object.keys(removed).length > 0 ? { removed } : {}),
    ...(slate.propensity === null ? {} : { slate_propensity: slate.propensity }),
    history,
    index: { ...memory.vectors.encoders.all() },
    items: slate.places.map(({ index, position, propensity }) => ({
      item: items[index]!,
      reason: candidates[index]!.reason,
      ...(slate.notes.has(index) ? { policy: slate.notes.get(index)! } : {}),
      ...(currency === undefined ? {} : priceOf(memory, items[index]!, currency, request.at_ms)),
      position,
      score: Math.fround(scores[index]!),
      propensity,
      ...(interleaved && { team: interleaved.teams[index]! }),
      ...(sold && { ad: sold.ads.get(index)! }),
      features: packed(index),
    })),
    spent_ms: {
      queue: queue_ms,
      candidates: milli(found - started),
      features: milli(filled - found),
      score: milli(done - filled),
    },
  };
  if (!challenger?.watch(list, pairs, scores)) giveBack(features);
  return list;
}

function priceOf(memory: Memory, item: string, currency: string, at_ms: number): Pick<RankedItem, 'price'> {
  const amount = memory.priceIn(currency, item, at_ms);
  return amount === undefined ? {} : { price: { amount, currency } };
}

/** What a list repeats of its request. */
export function headOf({ id, at_ms, user, session, surface, query, language, consent }: RankRequest) {
  const said = {
    ...(query === undefined ? {} : { query }),
    ...(language === undefined ? {} : { language }),
    ...(consent && { consent }),
  };
  return { v: 1, id, at_ms, user, session, surface, ...said } as const;
}

/** Lists that a champion may order; control users keep popularity, and what the shop has shown is as it was. */
const IN_TRIALS: ReadonlySet<Arm> = new Set(['champion', 'explore']);

/** What the one who orders the list expects; of an interleaved list both, in turns. */
async function nextBy({ champion, trial }: Rankers, history: readonly string[]): Promise<readonly string[]> {
  const group = trial?.challenger.id === undefined ? 'champion' : trial.experiment.group;
  if (group === 'champion') return champion.next(history, NEXT);
  const other = await trial!.challenger.next(history, NEXT);
  if (group === 'challenger') return other;
  const own = await champion.next(history, NEXT);
  const both = Array.from({ length: Math.max(own.length, other.length) }, (_, n) => [own[n], other[n]]).flat();
  return [...new Set(both)].filter(item => item !== undefined).slice(0, NEXT);
}

/** What a query found that hardly fits it. */
function farAmong(candidates: readonly Candidate[]): ReadonlySet<number> {
  return new Set(candidates.flatMap(({ isFar }, candidate) => (isFar ? [candidate] : [])));
}

function tokensFor({ products }: Memory, item: string): string[] {
  const product = products.get(item);
  return product ? tokensOf(product) : [];
}

function milli(duration_ms: number): number {
  return Math.round(duration_ms * 1e3) / 1e3;
}
