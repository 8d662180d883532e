import { describe } from 'vitest';
import * as f from '../../../models/graph/functions.ts';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, type Provider } from '../../../models/graph/runtime.ts';
import { input } from '../../../models/graph/tensor.ts';

const PROVIDERS: readonly Provider[] = ['cpu', 'cuda'];

/** Why a provider is not to be had here, undefined where it is. */
const missing = new Map<Provider, string | undefined>();
for (const provider of PROVIDERS) missing.set(provider, await refusal(provider));

/** Runs tests on every provider; on one that this machine lacks they are skipped, with the reason. */
export function describeOnEach(name: string, tests: (provider: Provider) => void): void {
  for (const provider of PROVIDERS) {
    const why = missing.get(provider);
    if (why === undefined) describe(`${name}, on ${provider}`, () => tests(provider));
    else describe.skip(`${name}, on ${provider}: ${why}`, () => tests(provider));
  }
}

async function refusal(provider: Provider): Promise<string | undefined> {
  try {
    await (await openSession(graphOf({ y: f.exp(input('x', 'float32', ['N'])) }), { providers: [provider] })).release();
    return undefined;
  } catch (error) {
    return String((error as Error).cause ?? error)
      .split('\n')[0]!
      .slice(0, 120);
  }
}
