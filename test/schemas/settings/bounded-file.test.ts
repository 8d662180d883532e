import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { putCampaigns } from '../../../cli/ads.ts';
import { readPairs } from '../../../models/encoders/fine-tune/pairs.ts';
import { readQuestions } from '../../../models/support/intent/questions.ts';
import { readDocuments } from '../../../models/support/passages/documents.ts';
import { LIMITS } from '../../../schemas/limits.ts';
import { readPolicyFile } from '../../../schemas/policies/policy-file.ts';
import { readBounded } from '../../../schemas/settings/bounded-file.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { readPem } from '../../../schemas/settings/tls.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'temper-files-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** As large as asked, but not on the disk. */
function fileOf(bytes: number): string {
  const file = path.join(directory, `${bytes}`);
  writeFileSync(file, '');
  truncateSync(file, bytes);
  return file;
}

describe('a file that somebody names', () => {
  it('is read whole where it is small enough', () => {
    expect(readBounded(fileOf(8), 8)).toHaveLength(8);
    expect(() => readBounded(fileOf(9), 8)).toThrow('9 bytes, of at most 8');
    expect(() => readBounded('/dev/zero', 8)).toThrow('device');
    expect(() => readBounded(directory, 8)).toThrow('directory');
    const pipe = path.join(directory, 'pipe');
    execFileSync('mkfifo', [pipe]);
    expect(() => readBounded(pipe, 8)).toThrow('pipe'); // nobody writes to it: it is not waited for
  });

  it('and is too large is refused, wherever one may be named', async () => {
    const large = fileOf(LIMITS.settings_file_bytes + 1);
    const words = /of at most/;
    expect(() => readPolicyFile(z.object({}), large, { variable: 'TEMPER_POLICY', what: 'of a test' })).toThrow(words);
    const files = { ca: large, cert: undefined, key: undefined, name: undefined };
    expect(() => readPem({ setting: 'TEMPER_KAFKA', ...files })).toThrow(words);
    expect(() => readConfig({}, { TEMPER_GENERATOR_KEY_FILE: large })).toThrow(words);
    const campaigns = fileOf(LIMITS.campaigns_file_bytes + 1);
    await expect(putCampaigns(readConfig({}, {}), campaigns, {})).rejects.toThrow(words);
    await expect(readQuestions(fileOf(LIMITS.questions_bytes + 1))).rejects.toThrow(words);
    await expect(readQuestions('/dev/zero')).rejects.toThrow('device');
    const pairs = `at most ${LIMITS.pairs_bytes} bytes; got ${LIMITS.pairs_bytes + 1} bytes`;
    await expect(readPairs(fileOf(LIMITS.pairs_bytes + 1))).rejects.toThrow(pairs);
  });

  it('is one of few documents: too large a one, what is none, and too many sections are refused', async () => {
    const documents = path.join(directory, 'documents');
    mkdirSync(path.join(documents, 'directory.md'), { recursive: true });
    await expect(readDocuments(documents)).rejects.toThrow(/CONFIG_INVALID.*directory\.md.*it is a directory/);
    rmSync(path.join(documents, 'directory.md'), { recursive: true });
    renameSync(fileOf(LIMITS.document_bytes + 1), path.join(documents, 'large.md'));
    await expect(readDocuments(documents)).rejects.toThrow(/CONFIG_INVALID.*large\.md.*of at most/);
    const sections = (n: number) => writeFileSync(path.join(documents, 'large.md'), '# A\nYes.\n'.repeat(n));
    sections(LIMITS.passages);
    expect(await readDocuments(documents)).toHaveLength(LIMITS.passages);
    sections(LIMITS.passages + 1);
    await expect(readDocuments(documents)).rejects.toThrow(`at most ${LIMITS.passages} sections`);
  });
});
