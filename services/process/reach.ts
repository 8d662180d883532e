import { once } from 'node:events';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectSecurely } from 'node:tls';
import { type Pem, type Tls, tlsOptions } from '../../schemas/settings/tls.ts';

/** Of a server of our own, which is asked again. */
const ANSWER_WITHIN_MS = 2_000;
/** Of somebody else's, which is asked once, and whose silence ends a start: it, or this machine, may have much else to do. */
export const PATIENCE_MS = 15_000;
export const SILENT: string = `no answer within ${PATIENCE_MS / 1_000} s`;

/** Whether a TCP connection to host:port can be made. */
export async function accepts(address: string, within_ms: number = ANSWER_WITHIN_MS): Promise<boolean> {
  return (await exchange(address, { within_ms })) !== undefined;
}

/**
 * Whether a Kafka broker at host:port takes work: it answers a Metadata request, and a broker that is registered,
 * caught up and unfenced is in the answer. Topics can be created from then on; an open port alone does not say so.
 */
export async function speaksKafka(address: string, { tls, within_ms }: Asking = {}): Promise<boolean> {
  const answer = await exchange(address, { request: METADATA_REQUEST, answer_bytes: 16, tls, within_ms });
  // size, correlation id, throttle time, then the number of brokers: four bytes each
  return answer !== undefined && answer.readInt32BE(12) > 0;
}

/** Whether a Kafka broker listens at host:port: it tells its versions, as it does before anybody has signed in. */
export async function listensKafka(address: string, { tls, within_ms }: Asking = {}): Promise<boolean> {
  const answer = await exchange(address, { request: VERSIONS_REQUEST, answer_bytes: 10, tls, within_ms });
  // size and correlation id of four bytes each, then an error code of two
  return answer !== undefined && answer.readInt16BE(8) === 0;
}

/**
 * Whether a broker has a coordinator for groups. To ask makes a new broker create the topic of the offsets, so that
 * the first consumer does not wait for it, or give up.
 */
export async function coordinatesGroups(address: string): Promise<boolean> {
  const answer = await exchange(address, { request: COORDINATOR_REQUEST, answer_bytes: 14 });
  // size, correlation id and throttle time of four bytes each, then an error code of two
  return answer !== undefined && answer.readInt16BE(12) === 0;
}

/** The status and text at an HTTP address, or undefined if nothing answers there. */
export async function fetchText(
  url: string,
  headers: Record<string, string> = {},
  pem: Pem = {},
  within_ms: number = ANSWER_WITHIN_MS,
): Promise<{ status: number; text: string } | undefined> {
  // Node's fetch takes no authorities. A kept connection would hold up the shutdown of the server.
  const options = {
    headers: { ...headers, connection: 'close' },
    signal: AbortSignal.timeout(within_ms),
    ...pem,
  };
  try {
    const request = url.startsWith('https:') ? secureRequest(url, options) : plainRequest(url, options);
    const [response] = (await once(request.end(), 'response')) as [IncomingMessage];
    return { status: response.statusCode ?? 0, text: await text(response) };
  } catch {
    return undefined;
  }
}

/** Kafka protocol, Metadata version 4: no topics, none to be created. */
const METADATA_REQUEST = Buffer.from([
  ...[0, 0, 0, 15], // size of the rest
  ...[0, 3, 0, 4], // key 3 (Metadata), version 4
  ...[0, 0, 0, 1], // correlation id
  ...[0xff, 0xff], // no client id
  ...[0, 0, 0, 0], // an empty list of topics
  0, // no automatic creation
]);

/** Kafka protocol, ApiVersions version 0. */
const VERSIONS_REQUEST = Buffer.from([...[0, 0, 0, 10], ...[0, 18, 0, 0], ...[0, 0, 0, 1], ...[0xff, 0xff]]);

/** Kafka protocol, FindCoordinator version 1: the group `ready`. */
const COORDINATOR_REQUEST = Buffer.from([
  ...[0, 0, 0, 18], // size of the rest
  ...[0, 10, 0, 1], // key 10 (FindCoordinator), version 1
  ...[0, 0, 0, 1], // correlation id
  ...[0xff, 0xff], // no client id
  ...[0, 5, ...Buffer.from('ready')], // its length and name
  0, // it is a group
]);

interface Asking {
  tls?: Tls | undefined;
  within_ms?: number | undefined;
}

/** Connects, sends, and reads until there are enough bytes; undefined if the other side refuses, closes or is silent. */
async function exchange(
  address: string,
  {
    request,
    answer_bytes = 0,
    tls,
    within_ms = ANSWER_WITHIN_MS,
  }: Asking & { request?: Buffer; answer_bytes?: number } = {},
): Promise<Buffer | undefined> {
  const colon = address.lastIndexOf(':');
  const socket: Socket = tls
    ? connectSecurely(tlsOptions(address, tls))
    : connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)) });
  const signal = AbortSignal.timeout(within_ms);
  try {
    await once(socket, tls ? 'secureConnect' : 'connect', { signal });
    if (request) socket.write(request);
    let answer = Buffer.alloc(0);
    while (answer.length < answer_bytes) {
      const [chunk] = (await once(socket, 'data', { signal })) as [Buffer];
      answer = Buffer.concat([answer, chunk]);
    }
    return answer;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}
