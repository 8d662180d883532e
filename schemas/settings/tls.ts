/** Certificates from files, and why a connection could not be made secure, in words. */
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { type ConnectionOptions, connect, createSecureContext, type TLSSocket } from 'node:tls';
import { TemperError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { readBounded } from './bounded-file.ts';

/** What a connection is encrypted with: files of PEM. Without `ca` the authorities that Node trusts are trusted. */
export interface Tls {
  /** The setting to which it belongs, such as TEMPER_KAFKA, for messages. */
  setting: string;
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
  /** Name that the other side's certificate has to have; undefined: that of its address. */
  name: string | undefined;
}

export interface Pem {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
}

/** Handshake and, where the other side says no behind it, its alert; on a machine that may have much else to do. */
const WITHIN_MS = 15_000;
/** In TLS 1.3 a client has finished before the other side has looked at its certificate. */
const ALERT_MS = 300;

/**
 * Reads the files; clients keep what they were given, so a certificate that was renewed counts once a process is started
 * again.
 *
 * @throws CONFIG_INVALID where a file is missing or no PEM, or the key is another's; TLS_REFUSED for an own certificate
 * that has expired
 */
export function readPem({ setting, ca, cert, key }: Tls): Pem {
  const pem: Pem = {};
  if (ca !== undefined) pem.ca = fileOf(`${setting}_TLS_CA`, ca);
  if (cert !== undefined) pem.cert = fileOf(`${setting}_TLS_CERT`, cert);
  if (key !== undefined) pem.key = fileOf(`${setting}_TLS_KEY`, key);
  try {
    createSecureContext(pem);
    if (pem.ca) new X509Certificate(pem.ca); // an authority that is none is passed over in silence
  } catch (cause) {
    const where = [ca, cert, key].filter(file => file !== undefined).join(', ');
    const expected = 'certificates in PEM, and the key that belongs to its certificate';
    throw new TemperError('CONFIG_INVALID', { where: `${setting}_TLS: ${where}`, expected, cause });
  }
  if (pem.cert) requireCurrent(`${setting}_TLS_CERT`, cert!, pem.cert);
  return pem;
}

function fileOf(setting: string, file: string): Buffer {
  try {
    return readBounded(file, LIMITS.settings_file_bytes);
  } catch (cause) {
    const next = 'Correct the path, or let this user read the file';
    throw new TemperError('CONFIG_INVALID', { where: `${setting}=${file}`, expected: 'a file of PEM', next, cause });
  }
}

function requireCurrent(setting: string, file: string, pem: Buffer): void {
  const { validTo } = new X509Certificate(pem);
  if (Date.parse(validTo) > Date.now()) return;
  throw new TemperError('TLS_REFUSED', {
    where: `${setting}=${file}`,
    got: `a certificate that has expired (${validTo})`,
    next: 'Renew it',
  });
}

/** As Node connects: by the name that the certificate has to have. */
export function tlsOptions(
  address: string,
  tls: Tls,
  pem = readPem(tls),
): ConnectionOptions & { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const servername = tls.name ?? (isIP(host) ? undefined : host);
  return { host, port: Number(address.slice(colon + 1)), ...pem, ...(servername !== undefined && { servername }) };
}

/**
 * Makes one connection to host:port and closes it: whoever connects by a library that hides why it could not is told
 * here.
 *
 * @throws TLS_REFUSED with what is wrong and what to do, UNREACHABLE where nobody answers
 */
export async function requireSecure(address: string, tls: Tls, protocols?: string[]): Promise<void> {
  const options = tlsOptions(address, tls);
  const socket = connect({ ...options, ...(protocols && { ALPNProtocols: protocols }) });
  try {
    await handshake(socket);
  } catch (cause) {
    throw explainTls(cause, address, tls);
  } finally {
    socket.destroy();
  }
}

function handshake(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    let secured = false;
    const fail = (code: string, words: string) => reject(Object.assign(new Error(words), { code }));
    const hungUp = () => fail(secured ? HUNG_UP_BEHIND_HANDSHAKE : HUNG_UP, 'it hung up');
    socket.setTimeout(WITHIN_MS, () => fail('ETIMEDOUT', `no answer within ${WITHIN_MS} ms`));
    socket.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? hungUp() : reject(error)));
    socket.once('close', hungUp);
    socket.once('secureConnect', () => {
      secured = true;
      setTimeout(resolve, ALERT_MS);
      socket.once('data', () => resolve());
    });
  });
}

/** As a server does that takes the start of TLS for a broken request, and one that misses a certificate. */
const HUNG_UP = 'HUNG_UP';
const HUNG_UP_BEHIND_HANDSHAKE = 'HUNG_UP_BEHIND_HANDSHAKE';

/** An error of Node's TLS as one that says what to do; one that is none of TLS as UNREACHABLE. */
export function explainTls(cause: unknown, address: string, { setting }: Pick<Tls, 'setting'>): TemperError {
  const code = String((cause as { code?: unknown }).code ?? '');
  const reason = REASONS.find(({ codes }) => codes.test(code));
  const where = `${setting}=${address}`;
  if (!reason) {
    const next = 'Start the service or correct the address';
    return new TemperError('UNREACHABLE', { where, expected: 'a service that speaks TLS', next, cause });
  }
  return new TemperError('TLS_REFUSED', { where, got: reason.got, next: reason.next(setting), cause });
}

/** Codes of Node's and OpenSSL's errors: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const REASONS: readonly { codes: RegExp; got: string; next: (setting: string) => string }[] = [
  {
    codes:
      /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)|CERT_SIGNATURE_FAILURE)$/,
    got: 'a certificate that nobody has signed whom Temper trusts',
    next: setting => `Name the file of the authority that signs it in ${setting}_TLS_CA`,
  },
  {
    codes: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    got: 'a certificate that has expired, or is not valid yet',
    next: () => 'Renew it on the server, and look at the clocks of both machines',
  },
  {
    codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    got: 'a certificate for other names than that of this address',
    next: setting => `Use one of its names in ${setting}, or have it issued for this one`,
  },
  {
    codes: /^(HUNG_UP|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|EPROTO)$/,
    got: 'an answer that is no TLS',
    next: setting =>
      `The server speaks plaintext there: use its TLS port, or unset ${setting}_TLS and what begins with it`,
  },
  {
    codes: /^HUNG_UP_BEHIND_HANDSHAKE$|^ERR_SSL_.*(ALERT|CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)/,
    got: 'a refusal: the server wants a certificate that it trusts',
    next: setting => `Name one and its key in ${setting}_TLS_CERT and ${setting}_TLS_KEY`,
  },
];
