import { randomUUID } from 'node:crypto';
import type { Config } from '../../schemas/settings/config.ts';
import { openStorefront } from '../../streams/storefront.ts';
import { type LearnedFromSearches, learnSearchesNow } from '../../workflows/clients/searches.ts';
import { printResult, progress } from '../output.ts';
import { withClient } from '../stack/endpoints.ts';
import { withTemporal } from '../stack/temporal.ts';

export interface SuggestOptions {
  count: number;
  learn?: boolean;
  json?: boolean;
}

/** What others typed that begins so, as the scorer knows it. */
export async function suggest(config: Config, typed: string, { count, learn, json }: SuggestOptions): Promise<void> {
  const learned = learn ? await learnNow(config) : undefined;
  await withClient(config, async ({ bus }) => {
    const storefront = await openStorefront(bus);
    try {
      const list = await storefront.ask({
        v: 1,
        id: `cli-${randomUUID()}`,
        at_ms: Date.now(),
        user: 'cli',
        session: 'cli',
        surface: 'search',
        query: typed,
        search: { suggest: count },
      });
      const suggestions = list.search?.suggestions ?? [];
      printResult({ typed, suggestions, ...(learned && { learned }) }, json, () =>
        suggestions.length > 0
          ? suggestions.join('\n')
          : `nobody's search begins with ${JSON.stringify(typed)} yet${learned ? '' : '; --learn learns it now from the newest searches'}`,
      );
    } finally {
      await storefront.stop();
    }
  });
}

async function learnNow(config: Config): Promise<LearnedFromSearches> {
  return withTemporal(config, async client => {
    const learned = await learnSearchesNow(client);
    progress(`${learned.searches} searches: ${learned.synonyms} synonyms, ${learned.suggestions} suggestions`);
    return learned;
  });
}
