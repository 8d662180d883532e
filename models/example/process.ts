import { writeFile } from 'node:fs/promises';
import { TemperError } from '../../schemas/errors.ts';
import { answerParent } from '../child/answer.ts';
import type { ExampleProgress, ExampleReport, ExampleRequest } from './child.ts';
import { trainExample } from './train.ts';

// The entry of the example's training process; see child.ts, which starts it.

answerParent<ExampleRequest, ExampleProgress, ExampleReport>(async ({ out, ...options }, { onProgress, signal }) => {
  const { model, ...report } = await trainExample(options, { signal, onSteps: losses => onProgress({ losses }) });
  if (out !== undefined) await write(out, model);
  return report;
});

async function write(file: string, model: Uint8Array): Promise<void> {
  await writeFile(file, model).catch((cause: unknown) => {
    throw new TemperError('INPUT_INVALID', {
      where: '--out',
      expected: 'a file that can be written',
      got: file,
      cause,
    });
  });
}
