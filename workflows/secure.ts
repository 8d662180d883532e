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

interface Connected {
  workflowService: { describeNamespace(request: { namespace: string }): Promise<unknown> };
  close(): Promise<void>;
}

/**
 * Asks for the namespace where keys or certificates count: a server greets who has none, or one for elsewhere, and refuses
 * what he wants then.
 */
export async function requireEntry(
  connection: Connected,
  { address, namespace, access }: { address: string; namespace: string; access: TemporalAccess },
): Promise<void> {
  if (!access.tls && access.apiKey === undefined) return;
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (cause) {
    await connection.close();
    throw await explainRefusal(cause, address, access);
  }
}

/** gRPC says of most refusals that there was no connection: what it was about is asked for. */
export async function explainRefusal(cause: unknown, address: string, { tls }: TemporalAccess): Promise<unknown> {
  if (REFUSED.test(wordsOf(cause))) {
    const next = 'Correct TEMPER_TEMPORAL_API_KEY, or the certificate in TEMPER_TEMPORAL_TLS_CERT';
    return new TemperError('CREDENTIALS_REFUSED', { where: `TEMPER_TEMPORAL=${address}`, next, cause });
  }
  if (/NOT_FOUND|is not found/.test(wordsOf(cause))) {
    const next = 'Create the namespace there, or correct TEMPER_TEMPORAL_NAMESPACE';
    return new TemperError('CONFIG_INVALID', { where: `TEMPER_TEMPORAL=${address}`, next, cause });
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

/** As clients and workers say it, whose libraries are two. */
const REFUSED =
  /UNAUTHENTICATED|PERMISSION_DENIED|Unauthenticated|PermissionDenied|not authorized|Request unauthorized|does not have (permission|valid auth)/;

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? `${cause.message} ${wordsOf(cause.cause)}` : '';
}
