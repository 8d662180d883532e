import { createKey, endKey, keysIn, publicKeys } from '../../models/registry/keys.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { printResult, table } from '../output.ts';

interface Options {
  json?: boolean;
  reason: string;
}

/** The keys by which models are signed, the oldest first; the oldest active one signs. */
export async function listKeys(config: Config, json: boolean | undefined): Promise<void> {
  const directory = keysIn(config);
  const keys = await publicKeys(directory);
  const signs = keys.find(({ state }) => state === 'active')?.id ?? null;
  printResult({ directory, signs, keys }, json, () =>
    keys.length === 0
      ? `no keys in ${directory}; \`temper keys new\` makes one`
      : table([
          ['KEY', 'STATE', 'SINCE', 'WHY'],
          ...keys.map(({ id, state, created_ms, ended_ms, reason }) => [
            id,
            id === signs ? 'signs' : state,
            utc(ended_ms ?? created_ms),
            reason,
          ]),
        ]),
  );
}

export async function newKey(config: Config, { json, reason }: Options): Promise<void> {
  const directory = keysIn(config);
  const signing = (await publicKeys(directory)).find(({ state }) => state === 'active');
  const key = await createKey(directory, { now_ms: Date.now(), reason });
  const turn = signing ? `it signs when ${signing.id} is retired` : 'it signs from now on';
  const give = `give ${key.id}.json to whoever scores, and never ${key.id}.private.pem`;
  printResult({ directory, ...key }, json, () => `made ${key.id} in ${directory}\n${turn}; ${give}`);
}

export async function retireKey(config: Config, id: string, { json, reason }: Options): Promise<void> {
  const key = await endKey(keysIn(config), id, 'retired', { now_ms: Date.now(), reason });
  printResult(key, json, () => `${id} signs nothing any more; what it has signed goes on being served`);
}

export async function revokeKey(config: Config, id: string, { json, reason }: Options): Promise<void> {
  const key = await endKey(keysIn(config), id, 'revoked', { now_ms: Date.now(), reason });
  const next = 'give its file to whoever scores, start the scorers again, and promote anew';
  printResult(key, json, () => `nothing that ${id} has signed is opened from now on; ${next}`);
}

const utc = (at_ms: number) => new Date(at_ms).toISOString();
