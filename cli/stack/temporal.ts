import type { Config } from '../../schemas/settings/config.ts';
import { openClient, type TemporalClient } from '../../workflows/clients/client.ts';
import { findEndpoints } from './endpoints.ts';

/** Runs a command with the Temporal of the running Temper, and closes the connection. */
export async function withTemporal<T>(config: Config, work: (client: TemporalClient) => Promise<T>): Promise<T> {
  const { temporal } = await findEndpoints(config);
  const client = await openClient({
    address: temporal,
    namespace: config.temporalNamespace,
    access: config.temporalAccess,
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
