/**
 * The ids of topics: a topic that is deleted and made anew under its name has another. Kafka tells them since 2.8, by
 * version 10 of Metadata; kafkajs speaks version 6 at most.
 *
 * The layout: https://kafka.apache.org/protocol#The_Messages_Metadata, with the flexible headers of KIP-482.
 */
import { askBroker, type Way } from './inside.ts';

const METADATA = { apiKey: 3, apiVersion: 10, apiName: 'Metadata' };
const WITHIN_MS = 5_000;
const UNKNOWN_TOPIC = 3;
const ID_BYTES = 16;

/** Ids by topic, in hexadecimal; null: the broker knows no such topic. Topics of which it says nothing for now are absent. */
export type TopicIds = Map<string, string | null>;

/** @returns undefined where no broker tells: none answers, or they are too old */
export async function topicIds(
  brokers: readonly string[],
  topics: readonly string[],
  way: Way,
): Promise<TopicIds | undefined> {
  for (const broker of brokers) {
    try {
      return readIds(await askBroker(broker, way, WITHIN_MS, { ...METADATA, body: metadataBody(topics) }));
    } catch {
      // Whoever asks can do without, and asks again.
    }
  }
  return undefined;
}

/** The end of the header, no tags; the topics by name. It creates nothing, and asks for nobody's rights. */
function metadataBody(topics: readonly string[]): Buffer {
  const names = topics.flatMap(topic => {
    const name = Buffer.from(topic, 'utf8');
    return [Buffer.alloc(ID_BYTES), varint(name.length + 1), name, Buffer.of(0)];
  });
  return Buffer.concat([Buffer.of(0), varint(topics.length + 1), ...names, Buffer.of(0, 0, 0, 0)]);
}

/** @param answer from the end of its header on */
function readIds(answer: Buffer): TopicIds {
  const read = new Reader(answer);
  read.tags();
  read.skip(4); // throttling
  read.each(() => {
    read.skip(4); // the broker's node
    read.text();
    read.skip(4);
    read.text();
    read.tags();
  });
  read.text(); // the cluster
  read.skip(4);
  const ids: TopicIds = new Map();
  read.each(() => {
    const error = read.int16();
    const name = read.text();
    const id = read.bytes(ID_BYTES).toString('hex');
    if (error === 0) ids.set(name, id);
    else if (error === UNKNOWN_TOPIC) ids.set(name, null);
    read.skip(1);
    read.each(() => {
      read.skip(2 + 4 + 4 + 4);
      for (let list = 0; list < 3; list++) read.each(() => read.skip(4)); // replicas: all, in sync, offline
      read.tags();
    });
    read.skip(4);
    read.tags();
  });
  return ids;
}

/** 7 bits a byte, the lowest first; the highest bit says that more follow. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80);
  return Buffer.of(...bytes, left);
}

class Reader {
  readonly #from: Buffer;
  #at = 0;

  constructor(from: Buffer) {
    this.#from = from;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  int16(): number {
    this.#at += 2;
    return this.#from.readInt16BE(this.#at - 2);
  }

  bytes(count: number): Buffer {
    this.#at += count;
    return this.#from.subarray(this.#at - count, this.#at);
  }

  /** Nothing and an empty text are the same here. */
  text(): string {
    return this.bytes(Math.max(0, this.#varint() - 1)).toString('utf8');
  }

  each(one: () => void): void {
    for (let left = this.#varint() - 1; left > 0; left--) one();
  }

  tags(): void {
    for (let left = this.#varint(); left > 0; left--) {
      this.#varint();
      this.skip(this.#varint());
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#from.readUInt8(this.#at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }
}
