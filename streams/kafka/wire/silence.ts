import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { Frames } from './frames.ts';

/** Waits for Kafka, in ms. */
export const WAIT = {
  connect_ms: 5_000,
  /** For the answer to a request. */
  answer_ms: 30_000,
  /** What a group gives its members to come together: so long the broker may hold the answer to who joins. */
  rebalance_ms: 30_000,
};
const JOIN_GROUP = 11;

/** As kafkajs opens a connection, beside one that is given up when nothing comes. */
export function connections(answer_ms: number, gaveUp: (broker: string) => void): ISocketFactory {
  return ({ host, port, ssl, onConnect }) => {
    const name = isIP(host) ? {} : { servername: host };
    const socket = ssl
      ? connectSecurely({ host, port, ...name, ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setNoDelay(true).setKeepAlive(true, 60_000);
    endInSilence(socket, answer_ms, () => gaveUp(`${host}:${port}`));
    return socket;
  };
}

/**
 * Destroys a connection to Kafka on which a request has waited for `answer_ms` without a byte coming: the other side
 * may be gone without a word. kafkajs fails the request by itself, but asks on the same connection again. What arrives
 * slowly is waited for.
 *
 * A broker answers in the order of the requests, and each write of kafkajs is one request: how many answers are due is
 * told by counting both.
 */
export function endInSilence(socket: Socket, answer_ms: number, gaveUp: () => void): void {
  const waiting: { sent_ms: number; limit_ms: number }[] = [];
  const answers = new Frames();
  let heard_ms = 0;
  let timer: NodeJS.Timeout | undefined;

  const check = (): void => {
    timer = undefined;
    const oldest = waiting[0];
    if (!oldest || socket.destroyed) return;
    const left_ms = Math.max(oldest.sent_ms, heard_ms) + oldest.limit_ms - performance.now();
    if (left_ms > 0) inspectIn(left_ms);
    else {
      gaveUp();
      socket.destroy(new Error(`no answer within ${oldest.limit_ms} ms`));
    }
  };
  // What came while this process stood still is read before it is judged.
  const inspectIn = (ms: number): void => {
    timer = setTimeout(() => setImmediate(check), ms).unref();
  };

  const write = socket.write as (...args: unknown[]) => boolean;
  socket.write = (chunk: unknown, ...rest: unknown[]) => {
    const limit_ms = answer_ms + (apiOf(chunk as Buffer) === JOIN_GROUP ? WAIT.rebalance_ms : 0);
    waiting.push({ sent_ms: performance.now(), limit_ms });
    if (!timer) inspectIn(limit_ms);
    return write.call(socket, chunk, ...rest);
  };
  socket.on('data', (chunk: Buffer) => {
    heard_ms = performance.now();
    waiting.splice(0, answers.endingIn(chunk));
  });
  socket.on('close', () => clearTimeout(timer));
}

/** A request says behind its size what it is. */
function apiOf(request: Buffer): number | undefined {
  return request.length >= 6 ? request.readInt16BE(4) : undefined;
}
