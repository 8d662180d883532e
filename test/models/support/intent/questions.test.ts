import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intentsOf, readQuestions } from '../../../../models/support/intent/questions.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-questions-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function written(text: string): Promise<string> {
  const file = path.join(directory, 'questions.csv');
  await writeFile(file, text);
  return file;
}

describe('sorted questions', () => {
  it('are read with what is quoted', async () => {
    const file = await written('text,category\n"Where, then, is ""it""?",lost\nHow?,how\n');
    const questions = await readQuestions(file);
    expect(questions).toEqual([
      { text: 'Where, then, is "it"?', intent: 'lost' },
      { text: 'How?', intent: 'how' },
    ]);
    expect(intentsOf(questions)).toEqual(['how', 'lost']);
  });

  it('are refused with file and line', async () => {
    await expect(readQuestions(await written('text,category\nGood,a\n ,b\n'))).rejects.toThrow(
      /questions\.csv, line 3/,
    );
    await expect(readQuestions(await written('question,intent\nGood,a\n'))).rejects.toThrow(
      /expected text and category/,
    );
    await expect(readQuestions(path.join(directory, 'none.csv'))).rejects.toThrow(/INPUT_INVALID.*none\.csv/);
  });
});
