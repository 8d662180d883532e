/**
 * The partition of a key, by Kafka's own rule for every client: murmur2 of its bytes, without the sign, modulo the
 * number of partitions. kafkajs's function gives the same, one key in the time of fifty.
 */
export function partitionOf(key: string, partitions: number): number {
  return (hashOf(key) & 0x7fffffff) % partitions;
}

const bytes = new Uint8Array(256);

function hashOf(key: string): number {
  if (key.length > bytes.length) return murmur2(Buffer.from(key, 'utf8'));
  for (let n = 0; n < key.length; n++) {
    const code = key.charCodeAt(n);
    if (code > 127) return murmur2(Buffer.from(key, 'utf8'));
    bytes[n] = code;
  }
  return murmur2(bytes, key.length);
}

const SEED = 0x9747b28c;
const M = 0x5bd1e995;

/** Austin Appleby's MurmurHash2, 32 bits, as in org.apache.kafka.common.utils.Utils. */
function murmur2(data: Uint8Array, length = data.length): number {
  let h = SEED ^ length;
  const whole = length & ~3;
  for (let at = 0; at < whole; at += 4) {
    let k = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
    k = Math.imul(k, M);
    k ^= k >>> 24;
    h = Math.imul(h, M) ^ Math.imul(k, M);
  }
  const left = length - whole;
  if (left >= 3) h ^= data[whole + 2]! << 16;
  if (left >= 2) h ^= data[whole + 1]! << 8;
  if (left >= 1) h = Math.imul(h ^ data[whole]!, M);
  h ^= h >>> 13;
  h = Math.imul(h, M);
  return h ^ (h >>> 15);
}
