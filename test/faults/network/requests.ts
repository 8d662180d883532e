/** What a request on its way says of itself, to catch the one that a fault is meant for. */
import type { JobName } from '../../../streams/graph.ts';

/** Kafka's protocol: size (4 bytes), key of the API (2), version (2), correlation id (4), then the client's name. */
const PRODUCE = 0;
const COMMIT = 8;
const CLIENT_AT = 12;

/** The job writes to a topic. */
export function writesTo(job: JobName, topic: string): (request: Buffer) => boolean {
  return request => isOf(job, PRODUCE, request) && topicsOf(request).includes(topic);
}

/** The job commits offsets. */
export function commits(job: JobName): (request: Buffer) => boolean {
  return request => isOf(job, COMMIT, request);
}

/** An insert into a table of ClickHouse. */
export function insertsInto(table: string): (request: Buffer) => boolean {
  const into = new RegExp(`query=INSERT(?:\\+|%20)INTO(?:\\+|%20)${table}(?:\\+|%20)`);
  return request => into.test(headOf(request));
}

/** The offsets that an insert brings, as its name says. */
export function offsetsOf(insert: Buffer): { partition: number; first: number; last: number } | undefined {
  const name = /log_comment=([^&\s]+)/.exec(headOf(insert))?.[1];
  const place = name && /\/(\d+)\/(\d+)-(\d+)$/.exec(decodeURIComponent(name));
  if (!place) return undefined;
  const [partition, first, last] = place.slice(1).map(Number) as [number, number, number];
  return { partition, first, last };
}

function headOf(request: Buffer): string {
  return request.subarray(0, 4_096).toString('latin1');
}

function isOf(job: JobName, api: number, request: Buffer): boolean {
  if (request.length < CLIENT_AT + 2 || request.readInt16BE(4) !== api) return false;
  return textAt(request, CLIENT_AT) === `temper-${job}`;
}

/** The topics of a produce request (version 3 to 8), as far as its first bytes tell. */
function topicsOf(request: Buffer): string[] {
  const topics: string[] = [];
  let at = CLIENT_AT + 2 + request.readInt16BE(CLIENT_AT);
  at += 2 + Math.max(0, request.readInt16BE(at)) + 2 + 4; // transactional id, acks, timeout
  try {
    const count = request.readInt32BE(at);
    at += 4;
    for (let topic = 0; topic < count; topic++) {
      topics.push(textAt(request, at));
      at += 2 + request.readInt16BE(at);
      const partitions = request.readInt32BE(at);
      at += 4;
      for (let partition = 0; partition < partitions; partition++) at += 8 + request.readInt32BE(at + 4);
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // the rest is in a later piece
  }
  return topics;
}

function textAt(request: Buffer, at: number): string {
  return request.subarray(at + 2, at + 2 + request.readInt16BE(at)).toString('utf8');
}
