import type { Check } from '../../../schemas/models/models.ts';
import type { GatePolicy } from '../../../schemas/policies/gate-policy.ts';
import type { Interval } from '../bootstrap.ts';
import type { Method, OffPolicy } from '../off-policy/lists.ts';
import type { Gate } from './gate.ts';

export const offPolicy: Gate<'off_policy'> = {
  name: 'off_policy',
  asks: 'is it shown to bring fewer clicks than the champion, by lists in random order?',
  evaluate: ({ evaluation: { offPolicy } }, limits) => [
    notWorseOffPolicy('snips', offPolicy, limits),
    notWorseOffPolicy('dr', offPolicy, limits),
    toldByIps(offPolicy),
  ],
};

type Limits = Pick<GatePolicy['off_policy'], 'margin' | 'clicks'>;

/**
 * How wide half an interval may be, as a share of the margin, so that a candidate that is as good as the champion passes
 * nine times out of ten: 1.96 / (1.96 + 1.28).
 */
const TELLING = 0.6;

/**
 * Whether a candidate would bring as many clicks as the champion, by either estimator of its off-policy value.
 *
 * Where there is enough to tell the margin, the whole interval has to lie above it. Where there is not, the check says how
 * many lists in random order it would take, and refuses what is worse beyond chance alone; with too few clicks for
 * that, nobody.
 */
export function notWorseOffPolicy(method: Method, offPolicy: OffPolicy | null, limits: Limits): Check {
  const threshold = -limits.margin;
  const check = { name: `off_policy_${method}`, threshold };
  const lift = offPolicy?.lifts[method];
  if (!offPolicy || !lift || offPolicy.clicks < limits.clicks) {
    const { value, low, high } = lift ?? { value: null, low: null, high: null };
    return { ...check, passed: true, value, low, high, reason: notJudged(offPolicy, limits.clicks) };
  }
  const { value, low, high } = lift;
  const half = (high - low) / 2;
  const wanted = TELLING * limits.margin;
  const isEnough = half <= wanted;
  const passed = isEnough ? low > threshold : high >= 0;
  const found = inWords(method, offPolicy.lists, lift);
  const judged = isEnough
    ? `the low end is ${passed ? '' : 'not '}above ${share(threshold)}`
    : `too few lists to tell ${share(threshold)}, about ${rounded(offPolicy.lists * (half / wanted) ** 2)} are needed; ${
        passed ? 'not worse beyond chance' : 'worse beyond chance'
      }`;
  return { ...check, passed, value, low, high, reason: `${found}; ${judged}` };
}

/** What the two above start from, by weights that are not normalised: unbiased, with the widest interval; nobody is held to it. */
function toldByIps(offPolicy: OffPolicy | null): Check {
  const check = { name: 'off_policy_ips', passed: true, threshold: null };
  const lift = offPolicy?.lifts.ips;
  if (!lift) return { ...check, value: null, low: null, high: null, reason: notJudged(offPolicy, 0) };
  const { value, low, high } = lift;
  return { ...check, value, low, high, reason: `${inWords('ips', offPolicy.lists, lift)}; told, and not judged` };
}

function inWords(method: Method, lists: number, { value, low, high }: Interval): string {
  return `clicks a place by ${NAMES[method]}, over ${lists} lists in random order, beside the champion's: ${share(value)}, 95 % between ${share(low)} and ${share(high)}`;
}

const NAMES: Readonly<Record<Method, string>> = { ips: 'IPS', snips: 'SNIPS', dr: 'doubly robust estimation' };

function notJudged(offPolicy: OffPolicy | null, needed: number): string {
  if (!offPolicy) return 'no list in random order to tell by what it would bring; not judged';
  const { lists, clicks } = offPolicy;
  if (clicks >= needed) return `the champion would have no clicks in ${lists} lists in random order; not judged`;
  const more = clicks > 0 ? `, about ${rounded((lists * needed) / clicks)} lists are needed` : '';
  return `${clicks} clicks in ${lists} lists in random order are too few to tell by what it would bring${more}; not judged`;
}

/** Two digits are enough of a number that is extrapolated. */
function rounded(lists: number): string {
  return Number(lists.toPrecision(2)).toLocaleString('en');
}

function share(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
