import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDocuments, sectionsOf } from '../../../../models/support/passages/documents.ts';

describe('sections of a document', () => {
  it('are named by the document and the headings above them, and say what stands between', () => {
    const markdown = [
      '---',
      'owner: service',
      '---',
      'Read this first.',
      '# Returns',
      'You have **30 days**. See [the form](https://shop.example/form).',
      '## Refunds',
      '- By card.',
      '- By voucher',
      '# Delivery',
      '## Refunds',
      'None.',
    ].join('\n');
    const of = { kind: 'policy', language: 'en' };
    expect(sectionsOf('rules', markdown)).toEqual([
      { ...of, id: 'policy:rules', title: 'rules', sentences: ['Read this first.'] },
      { ...of, id: 'policy:rules-2', title: 'Returns', sentences: ['You have 30 days.', 'See the form.'] },
      { ...of, id: 'policy:rules#refunds', title: 'Returns › Refunds', sentences: ['By card.', 'By voucher'] },
      { ...of, id: 'policy:rules#refunds-2', title: 'Delivery › Refunds', sentences: ['None.'] },
    ]);
  });

  it('a heading that is deeper than the one above by two keeps its place', () => {
    expect(sectionsOf('a', '# One\n### Deep\nYes.')).toMatchObject([{ id: 'policy:a#deep', title: 'One › Deep' }]);
  });

  it('has its comments and empty sections left out', () => {
    expect(sectionsOf('a', '# One\n<!-- not\nthis -->\n## Two\n\n---\n')).toEqual([]);
  });
});

describe('a directory of documents', () => {
  it('is read file by file, sorted, Markdown alone', async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'temper-documents-'));
    await writeFile(path.join(directory, 'b.md'), 'Second.');
    await writeFile(path.join(directory, 'a.md'), 'First.');
    await writeFile(path.join(directory, 'c.txt'), 'Not this.');
    expect((await readDocuments(directory)).map(({ id }) => id)).toEqual(['policy:a', 'policy:b']);
    await rm(directory, { recursive: true });
  });

  it('that is not there, or says nothing, is told by the name of its variable', async () => {
    await expect(readDocuments('/nowhere/at/all')).rejects.toThrow(
      /CONFIG_INVALID.*TEMPER_POLICIES.*\/nowhere\/at\/all/s,
    );
    const directory = await mkdtemp(path.join(os.tmpdir(), 'temper-documents-'));
    await writeFile(path.join(directory, 'a.md'), '# Heading alone\n');
    await expect(readDocuments(directory)).rejects.toThrow(/expected Markdown files with sentences in them/);
    await rm(directory, { recursive: true });
  });
});
