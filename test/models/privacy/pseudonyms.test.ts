import { describe, expect, it } from 'vitest';
import { Pseudonyms, readPseudonymKeys } from '../../../models/privacy/pseudonyms.ts';

/** RFC 4231, test case 2, has a key of 4 bytes; here its text is the user, under 32 bytes of 0x0b as in case 1 (20 of them). */
const KEY = { id: 'k1', secret: Buffer.alloc(20, 0x0b) };
const OTHER = { id: 'k2', secret: Buffer.alloc(32, 7) };

describe('a pseudonym', () => {
  it('is HMAC-SHA-256 as RFC 4231 has it, cut, behind the id of its key', () => {
    const hex = 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'; // case 1, "Hi There"
    expect(new Pseudonyms([KEY]).of('Hi There')).toBe(
      `k1.${Buffer.from(hex, 'hex').toString('base64url').slice(0, 22)}`,
    );
  });

  it('is the same for a user under one key, another for another user or key', () => {
    const both = new Pseudonyms([OTHER, KEY]);
    expect(both.of('anna')).toBe(both.of('anna'));
    expect(both.of('anna')).not.toBe(both.of('ben'));
    expect(both.allOf('anna')).toEqual([both.of('anna'), new Pseudonyms([KEY]).of('anna')]);
    expect(both.of('anna')).toMatch(/^k2\.[\w-]{22}$/);
  });
});

describe('a file of keys', () => {
  const secret = 'ab'.repeat(32);

  it('has a key a line, the newest first', () => {
    const keys = readPseudonymKeys(`# rotated in May\nk2 ${secret}\n\nk1\t${'0'.repeat(64)}\n`, 'f');
    expect(keys.map(({ id, secret }) => [id, secret.length])).toEqual([
      ['k2', 32],
      ['k1', 32],
    ]);
  });

  it.each([
    ['', /at least one key/],
    [`k1 ${'ab'.repeat(16)}`, /line 1.*64 hexadecimal digits/],
    [`Key ${secret}`, /line 1/],
    [`k1 ${secret}\nk1 ${secret}`, /line 2.*no line before/],
  ])('is refused where it is none, without its secrets', (text, why) => {
    expect(() => readPseudonymKeys(text, 'f')).toThrow(why);
    expect(() => readPseudonymKeys(text, 'f')).not.toThrow(/abab/);
  });
});
