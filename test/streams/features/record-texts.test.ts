import { expect, it } from 'vitest';
import { random } from '../../../models/random.ts';
import { RecordTexts } from '../../../streams/features/log/record-texts.ts';

it('a record has each text once, however many there are, and whatever their hashes have in common', () => {
  const { below } = random(1);
  const texts = new RecordTexts();
  for (const most of [10, 5_000, 300]) {
    const numbers = new Map<string, number>();
    for (let n = 0; n < 3 * most; n++) {
      const text = `t${below(most)}`;
      const known = numbers.get(text);
      expect(texts.numberOf(text, text.length * 2 ** 29 + (Number(text.slice(1)) % 500))).toBe(known ?? -1);
      if (known === undefined) numbers.set(text, numbers.size);
    }
    const all = [...numbers.keys()].join('');
    expect(texts.chars).toBe(all.length);
    expect(texts.take()).toBe(all);
    expect(texts.chars).toBe(0);
  }
});
