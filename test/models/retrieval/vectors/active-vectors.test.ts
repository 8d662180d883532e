import { describe, expect, it } from 'vitest';
import { random } from '../../../../models/random.ts';
import { ActiveEncoders, activeEncoder, progressKey } from '../../../../models/retrieval/vectors/active-encoders.ts';
import { ActiveVectors } from '../../../../models/retrieval/vectors/active-vectors.ts';
import { packed, packedBits } from '../../../../models/retrieval/vectors/item-vector.ts';
import type { ItemVector, Modality, VectorProgress } from '../../../../schemas/topics/vectors.ts';

const PARTITIONS = 3;

function report(encoder: string, partition: number, at_ms: number, modality: Modality = 'text'): VectorProgress {
  return { v: 1, modality, partition, partitions: PARTITIONS, encoder, items: 1, at_ms };
}

function vector(encoder: string, numbers: number[], modality: Modality = 'text'): ItemVector {
  return { modality, encoder, hash: 'h', ...packed(Float32Array.from(numbers)) };
}

/** Puts the reports of all partitions under their keys. */
function tell(encoders: ActiveEncoders, encoder: string, at_ms: number, modality: Modality = 'text'): void {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const each = report(encoder, partition, at_ms + partition, modality);
    encoders.take(progressKey(each), each);
  }
}

describe('the active encoder', () => {
  it('is the newest of those that all partitions have reported, in whatever order the reports are read', () => {
    const reports = [0, 1, 2].flatMap(partition => [report('a', partition, 10), report('b', partition, 20)]);
    const shuffled = random(1).shuffle(Int32Array.from(reports.keys()));
    expect(activeEncoder([...shuffled].map(at => reports[at]!))).toBe('b');
    expect(activeEncoder(reports.slice(0, -1))).toBe('a');
    expect(activeEncoder(reports.slice(0, 4))).toBeUndefined();
    expect(activeEncoder([])).toBeUndefined();
  });

  it('changes back only when all partitions have reported the older one again', () => {
    const encoders = new ActiveEncoders();
    tell(encoders, 'a', 10);
    tell(encoders, 'b', 20);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      expect(encoders.of('text')).toBe('b');
      const again = report('a', partition, 30 + partition);
      encoders.take(progressKey(again), again);
    }
    expect(encoders.of('text')).toBe('a');
  });

  it('is none once one of its reports is deleted, and another modality keeps its own', () => {
    const encoders = new ActiveEncoders();
    tell(encoders, 'a', 10);
    tell(encoders, 'i', 10, 'image');
    expect(encoders.all()).toEqual({ text: 'a', image: 'i' });
    encoders.take(progressKey(report('a', 1, 0)), undefined);
    encoders.take('a key that nobody knows', undefined);
    expect(encoders.all()).toEqual({ image: 'i' });
    expect(encoders.reports(1).map(([key]) => key)).toEqual(['image/1/i']);
  });
});

describe('active vectors', () => {
  it('change to another encoder in one step, and know the old vectors for as long as records hold them', () => {
    const active = new ActiveVectors();
    tell(active.encoders, 'a', 10);
    for (const item of ['pot', 'cup']) active.set(item, [vector('a', [1, 0])]);
    for (const item of ['pot', 'cup']) active.set(item, [vector('a', [1, 0]), vector('b', [0, 1, 0])]);
    expect(active.index('text')!.width).toBe(2);
    expect(active.vector('pot', 'text')).toEqual(Float32Array.from([1, 0]));

    tell(active.encoders, 'b', 20);
    expect(active.index('text')!.width).toBe(3);
    expect(active.index('text')!.size).toBe(2);
    expect(active.vector('pot', 'text')).toEqual(Float32Array.from([0, 1, 0]));
    expect(active.vector('pot', 'text', 'a')).toEqual(Float32Array.from([1, 0]));

    active.set('pot', [vector('b', [0, 1, 0])]);
    expect(active.vector('pot', 'text', 'a')).toBeUndefined();
    expect(active.vector('cup', 'text', 'a')).toEqual(Float32Array.from([1, 0]));
  });

  it('are gone with their item, and there are none before the encoder is complete', () => {
    const active = new ActiveVectors();
    active.set('pot', [vector('a', [1, 0]), vector('i', [0, 1], 'image')]);
    expect(active.index('text')).toBeUndefined();
    expect(active.vector('pot', 'text')).toBeUndefined();
    tell(active.encoders, 'a', 10);
    expect(active.index('text')!.nearest(Float32Array.from([1, 0]), 1).items).toEqual(['pot']);
    active.set('pot', []);
    expect(active.index('text')).toBeUndefined();
    active.set('cup', [vector('a', [0, 1])]);
    expect(active.index('text')!.size).toBe(1);
  });

  it('leave out what is no vector', () => {
    const active = new ActiveVectors();
    tell(active.encoders, 'a', 10);
    active.set('pot', [vector('a', [1, 0])]);
    const wrong = [vector('a', [0, 0]), vector('a', [1, Number.NaN]), vector('a', [1, 0, 0])];
    for (const each of [...wrong, { ...vector('a', [1, 0]), values: 'AAA=' }]) {
      active.set('cup', [vector('a', [1, 0])]);
      active.set('cup', [each]);
      expect(active.vector('cup', 'text')).toBeUndefined();
    }
    active.set('first', [{ ...vector('new', [1, 0]), values: '' }]);
    expect(active.vector('first', 'text', 'new')).toBeUndefined();
    expect(active.index('text')!.size).toBe(1);
  });

  it('are carried in float16', () => {
    expect([...packedBits(packed(Float32Array.from([1, -0.5, 0.1])))]).toEqual([0x3c00, 0xb800, 0x2e66]);
  });
});
