import { randomUUID } from 'node:crypto';
import { TemperError } from '../schemas/errors.ts';
import type { Config } from '../schemas/settings/config.ts';
import type { Ad } from '../schemas/topics/ads.ts';
import { RankRequest, type Surface } from '../schemas/topics/ranking.ts';
import { openStorefront } from '../streams/storefront.ts';
import { money } from './ads.ts';
import { printResult, table } from './output.ts';
import { toldOf } from './search/told.ts';
import { withClient } from './stack/endpoints.ts';

export interface RankOptions {
  user: string;
  surface: Surface;
  query?: string;
  literally?: boolean;
  count: number;
  candidates?: string;
  language?: string;
  json?: boolean;
}

export async function rank(
  config: Config,
  { user, surface, query, literally, count, candidates, language, json }: RankOptions,
): Promise<void> {
  const request = RankRequest.safeParse({
    v: 1,
    id: `cli-${randomUUID()}`,
    at_ms: Date.now(),
    user,
    session: 'cli',
    surface,
    query,
    search: literally ? { understand: [] } : undefined,
    language,
    count,
    candidates: candidates?.split(',').map(item => item.trim()),
  });
  if (!request.success) {
    const got = request.error.issues.map(({ path, message }) => `${path.join(' ')}: ${message}`).join('; ');
    throw new TemperError('INPUT_INVALID', { where: 'temper rank', got });
  }
  await withClient(config, async ({ bus }) => {
    const storefront = await openStorefront(bus);
    try {
      const list = await storefront.ask(request.data);
      printResult(list, json, () =>
        [
          `${list.id}: ${list.items.length} of ${list.candidates} candidates, by ${list.model} (${list.arm})`,
          ...(list.search ? toldOf(list.search) : []),
          table([
            ['POSITION', 'ITEM', 'SCORE', 'PROPENSITY', 'FROM', surface === 'ads' ? 'AD' : 'POLICY'],
            ...list.items.map(({ position, item, score, propensity, reason, policy, ad }) => [
              String(position),
              item,
              score.toFixed(4),
              propensity?.toFixed(4) ?? 'unknown',
              reason,
              ad ? describeAd(ad) : (policy ?? ''),
            ]),
          ]),
        ].join('\n'),
      );
    } finally {
      await storefront.stop();
    }
  });
}

function describeAd({ label, campaign, price_micros, pays_for, currency, click_rate }: Ad): string {
  return `${label}: ${campaign} pays ${money(price_micros)} ${currency} a ${pays_for}, P(click) ${click_rate.toFixed(4)}`;
}
