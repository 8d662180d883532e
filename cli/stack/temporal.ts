import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { TemperError } from '../../schemas/errors.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { openClient, type TemporalClient } from '../../workflows/clients/client.ts';
import { findEndpoints } from './endpoints.ts';

/**
 * Runs a command with the Temporal of the running Temper, and closes the connection. `work` asks nothing any more when it
 * is done: what is still tried again by a connection that was closed throws where nobody can catch it.
 */
export async function withTemporal<T>(config: Config, work: (client: TemporalClient) => Promise<T>): Promise<T> {
  const { temporal } = await findEndpoints(config);
  const client = await openClient({
    address: temporal,
    namespace: config.temporalNamespace,
    access: config.temporalAccess,
  });
  try {
    return await work(client);
  } catch (error) {
    throw isAway(error) ? away(error, temporal) : error;
  } finally {
    await client.close();
  }
}

const UNAVAILABLE = 14;

/** Whether Temporal could not be asked, rather than refused what it was asked. */
function isAway(error: unknown): boolean {
  const met = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(met) && Number(met.code) === UNAVAILABLE;
}

function away(cause: unknown, address: string): TemperError {
  return new TemperError('UNREACHABLE', {
    where: `Temporal at ${address}`,
    expected: 'an answer',
    next: 'What was begun goes on when Temporal and a worker run again: start them, and ask where it stands',
    cause,
  });
}
