import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import { readPolicies } from '../../../schemas/policies/policies.ts';
import { DEFAULT_POLICIES } from '../../../schemas/policies/policy.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'temper-policy-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function fileOf(text: string): string {
  const file = path.join(directory, 'policy.json');
  writeFileSync(file, text);
  return file;
}

describe('a file of policies', () => {
  it('may say as little as it likes: the rest are defaults', () => {
    const policies = readPolicies(fileOf('{"home": {"most_per_brand": 3, "pins": [{"item": "a", "position": 0}]}}'));
    expect(policies.home).toEqual({
      ...DEFAULT_POLICIES.home,
      most_per_brand: 3,
      pins: [{ item: 'a', position: 0 }],
    });
    expect(policies.search).toEqual(DEFAULT_POLICIES.search);
    expect(readPolicies(undefined)).toEqual(DEFAULT_POLICIES);
    expect(DEFAULT_POLICIES.home).toMatchObject({ out_of_stock: 'remove', bought: 'demote', clicked: 'keep' });
  });

  it('has no more rates of currencies than there may be', () => {
    const day = (n: number) => new Date(n * 86_400_000).toISOString().slice(0, 10);
    const rates = (count: number) =>
      Array.from({ length: count }, (_, n) => ({ currency: 'USD', from: day(n), rate: 1 }));
    const policies = (count: number) => readPolicies(fileOf(JSON.stringify({ currencies: { rates: rates(count) } })));
    expect(policies(LIMITS.currency_rates).currencies.rates).toHaveLength(LIMITS.currency_rates);
    expect(() => policies(LIMITS.currency_rates + 1)).toThrow(/CONFIG_INVALID.*currencies\.rates: Too big/s);
  });

  it.each([
    ['an unknown surface', '{"hom": {}}', /hom/],
    ['an unknown field', '{"home": {"divers": 1}}', /home: .*divers/],
    ['a share above 1', '{"home": {"diversity": 2}}', /home\.diversity: /],
    ['another word', '{"home": {"bought": "hide"}}', /home\.bought: .*"keep"\|"demote"\|"remove"/],
    ['two pins at one place', pins('a', 0, 'b', 0), /home\.pins: expected one item for each pinned position/],
    ['an item pinned twice', pins('a', 0, 'a', 1), /home\.pins: expected each item to be pinned once/],
    ['something else than JSON', 'home:', /a file with a JSON object/],
    ['a list', '[]', /the file: .*object/],
  ])('with %s is refused in a sentence that says where', (_name, text, says) => {
    expect(() => readPolicies(fileOf(text))).toThrow(says);
    expect(() => readPolicies(fileOf(text))).toThrow(/^CONFIG_INVALID: .*TEMPER_POLICY/s);
  });

  it('tells all that is wrong at once', () => {
    const text = '{"home": {"diversity": 2}, "ads": {"seen_days": 0}}';
    expect(() => readPolicies(fileOf(text))).toThrow(/home\.diversity.*ads\.seen_days/s);
  });

  it('that is not there is refused as such', () => {
    expect(() => readPolicies(path.join(directory, 'nowhere.json'))).toThrow(/nowhere\.json.*because ENOENT/s);
  });
});

function pins(a: string, atA: number, b: string, atB: number): string {
  return JSON.stringify({
    home: {
      pins: [
        { item: a, position: atA },
        { item: b, position: atB },
      ],
    },
  });
}
