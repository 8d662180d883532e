import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { PassageIndex, relevance } from '../../../../models/support/answer/find.ts';
import { readDocuments } from '../../../../models/support/passages/documents.ts';

const POLICIES = path.resolve('test/fixtures/support/policies');
let index: PassageIndex;
beforeAll(async () => {
  index = new PassageIndex(await readDocuments(POLICIES));
});

describe('passages by words', () => {
  it.each([
    ['When do you refund the price?', 'policy:returns#refunds'],
    ['How much is express delivery?', 'policy:delivery#express'],
    ['Do you deliver to Switzerland?', 'policy:delivery#abroad'],
    ['Can vouchers be combined?', 'policy:payment#vouchers'],
    ['Is damage by water covered?', 'policy:warranty'],
  ])('%s', (question, id) => {
    const [best] = index.find(question);
    expect(best!.passage.id).toBe(id);
    expect(relevance(best!)).toBeGreaterThanOrEqual(1);
  });

  it.each([
    'Do you have a shop in Berlin?',
    'Can you engrave a name?',
    'Who founded the company?',
    'Is the chat open on Sundays?',
    'What?',
    '',
  ])('nothing is near enough to: %s', question => {
    expect(relevance(index.find(question)[0]!)).toBeLessThan(1);
  });
});

describe('passages by meaning', () => {
  it('count by how far they are above texts of other things, whatever an encoder gives these', () => {
    const others = Float32Array.from([0.7, 0.72, 0.68, 0.71]);
    const passages = new Float32Array(index.passages.length).fill(0.71);
    passages[3] = 0.95;
    const [best, next] = index.find('Kann ich das umtauschen?', { passages, others });
    expect(best!.passage).toBe(index.passages[3]);
    expect(relevance(best!)).toBeGreaterThan(1);
    expect(relevance(next!)).toBeLessThan(1);
  });
});
