import { Partitioners } from 'kafkajs';
import { expect, it } from 'vitest';
import { random } from '../../../../models/random.ts';
import { partitionOf } from '../../../../streams/kafka/sending/partitioner.ts';

it('a key has the partition to which the producer sends it', () => {
  const producers = Partitioners.DefaultPartitioner();
  const { below } = random(1);
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789-_/äß語😀';
  for (let n = 0; n < 3_000; n++) {
    const key = Array.from({ length: below(n % 50 === 0 ? 600 : 40) }, () => alphabet[below(alphabet.length)]).join('');
    const partitions = 1 + below(64);
    const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({ partitionId }) as never);
    const chosen = producers({ topic: 't', partitionMetadata, message: { key, value: null } });
    expect(partitionOf(key, partitions), JSON.stringify({ key, partitions })).toBe(chosen);
  }
});
