import { TemperError } from '../schemas/errors.ts';
import type { TemporalAccess } from '../schemas/settings/connections.ts';
import { readPem, requireSecure } from '../schemas/settings/tls.ts';

/** As Temporal's SDK takes it; nothing where it is in the clear and without a key. */
export function connectionOf({ tls, apiKey }: TemporalAccess) {
  const { ca, cert, key } = tls ? readPem(tls) : {};
  return {
    tls: tls
      ? {
          ...(ca && { serverRootCACertificate: ca }),
          ...(cert && key && { clientCertPair: { crt: cert, key } }),
          ...(tls.name !== undefined && { serverNameOverride: tls.name }),
        }
      : false,
    ...(apiKey !== undefined && { apiKey }),
  };
}

/** gRPC says of most refusals that there was no connection: what it was about is asked for. */
export async function explainRefusal(cause: unknown, address: string, { tls }: TemporalAccess): Promise<unknown> {
  if (/UNAUTHENTICATED|PERMISSION_DENIED|Unauthenticated|PermissionDenied|not authorized/.test(wordsOf(cause))) {
    const next = 'Correct TEMPER_TEMPORAL_API_KEY, or the certificate in TEMPER_TEMPORAL_TLS_CERT';
    return new TemperError('CREDENTIALS_REFUSED', { where: `TEMPER_TEMPORAL=${address}`, next, cause });
  }
  if (tls) {
    const refusal = await requireSecure(address, tls, ['h2']).catch((error: unknown) => error);
    if (refusal) return refusal;
  }
  return new TemperError('UNREACHABLE', {
    where: `Temporal ${address}`,
    next: 'Is it running, and is TEMPER_TEMPORAL right?',
    cause,
  });
}

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.message} ${wordsOf(cause.cause)}` : '';
}
