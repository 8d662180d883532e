import { answerParent } from '../child/answer.ts';
import { requireWritable, writeWhole } from '../whole-file.ts';
import type { ExampleProgress, ExampleReport, ExampleRequest } from './child.ts';
import { trainExample } from './train.ts';

// The entry of the example's training process; see child.ts, which starts it.

answerParent<ExampleRequest, ExampleProgress, ExampleReport>(async ({ out, ...options }, { onProgress, signal }) => {
  if (out !== undefined) await requireWritable(out);
  const { model, ...report } = await trainExample(options, { signal, onSteps: losses => onProgress({ losses }) });
  if (out !== undefined) await writeWhole(out, [model]);
  return report;
});
