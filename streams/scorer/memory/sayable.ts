import type { Parsed } from '../../../schemas/topics/parse.ts';
import type { RankRequest } from '../../../schemas/topics/ranking.ts';
import type { Memory } from './memory.ts';

/** The verdict on a request that wants prices: one in a currency that no rate knows is refused, rather than left without. */
export function sayable(parsed: Parsed<RankRequest>, memory: Pick<Memory, 'canSay'>): Parsed<RankRequest> {
  if (!parsed.ok) return parsed;
  const { currency, at_ms } = parsed.value;
  if (currency === undefined || memory.canSay(currency, at_ms)) return parsed;
  const detail = `currency: expected one that has a rate under currencies in TEMPER_POLICY, got ${currency}`;
  return { ok: false, refusal: { reason: 'invalid_field', detail } };
}
