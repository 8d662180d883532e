import { parseArgs } from 'node:util';
import { z } from 'zod';
import { explain, printResult, progress, table } from '../cli/output.ts';
import { openProductEncoder } from '../models/encoders/product.ts';
import { openImageEncoder } from '../models/images/encoder.ts';
import { readConfig } from '../schemas/config.ts';
import { TemperError } from '../schemas/errors.ts';
import { installWeights } from '../services/weights.ts';
import { measureImages } from './quality/images.ts';
import { openPictures } from './quality/pictures.ts';

const HELP = `Usage: npm run eval:images -- --data DIR [options]

How well frozen vectors of pictures tell classes, find pictures of the same class, and meet texts.

  --data DIR       has labels.csv (file,split,label) and the pictures in img/
  --train SPLIT    what is learned from (default: train)
  --test SPLIT     what is measured on, read last (default: validation)
  --seeds N        trainings, of which means are told (default: 1)
  --max-minutes M  gives up after so long (default: 40)
  --json           prints one JSON object`;

const Options = z.object({
  data: z.string('--data DIR is missing'),
  train: z.string(),
  test: z.string(),
  seeds: z.coerce.number('--seeds is no number').int('--seeds is no whole number').positive('--seeds is below 1'),
  'max-minutes': z.coerce.number('--max-minutes is no number').positive('--max-minutes is not above 0'),
  json: z.boolean(),
});

try {
  await main();
} catch (error) {
  progress(`eval:images: ${explain(error)}`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) return void process.stdout.write(`${HELP}\n`);
  const { data, train, test, seeds, 'max-minutes': minutes, json } = options;
  const pictures = openPictures(data, train, test);
  const { threads, providers } = readConfig();
  const where = { threads, providers };
  const places = await Promise.all(
    (['efficientnet-lite0', 'all-minilm-l6-v2'] as const).map(name => installWeights(name, { onProgress: progress })),
  );
  const images = await openImageEncoder(places[0]!, where);
  const texts = await openProductEncoder(places[1]!, 'all-minilm-l6-v2', where);
  const result = await measureImages({ images, texts, pictures, train, test, seeds, minutes, ...where }, progress);
  await Promise.all([images.release(), texts.release()]);
  printResult(result, json, () => forPeople(result));
}

/** @returns undefined where help is asked for */
function readOptions(): z.infer<typeof Options> | undefined {
  try {
    const { values } = parseArgs({
      options: {
        data: { type: 'string' },
        train: { type: 'string', default: 'train' },
        test: { type: 'string', default: 'validation' },
        seeds: { type: 'string', default: '1' },
        'max-minutes': { type: 'string', default: '40' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values.help ? undefined : Options.parse(values);
  } catch (cause) {
    const got = cause instanceof z.ZodError ? cause.issues.map(({ message }) => message).join(', ') : undefined;
    const next = 'See --help';
    throw new TemperError('INPUT_INVALID', { where: 'the options', next, ...(got ? { got } : { cause }) });
  }
}

function forPeople(result: Awaited<ReturnType<typeof measureImages>>): string {
  const shares = (...numbers: number[]) => numbers.map(each => each.toFixed(4));
  const between = ({ low, high }: { low: number; high: number }) => `${shares(low, high).join(' to ')}`;
  const { interval, labels, shop } = result;
  return [
    table([
      ['PICTURES', '', '95 % BETWEEN'],
      ['accuracy', ...shares(result.accuracy), between(interval.accuracy)],
      ['retrieval@1', ...shares(result['retrieval@1']), between(interval['retrieval@1'])],
    ]),
    table([
      ['LEARNED FROM', 'ACCURACY BY CROSS-VALIDATION'],
      ...result.augmentation.map(({ views, accuracy }) => [['pictures', ...views].join(' and '), ...shares(accuracy)]),
    ]),
    table([
      ['VIDEOS, FRAMES POOLED BY', 'ACCURACY', 'RETRIEVAL@1'],
      ...Object.entries(result.video.pooling).map(([name, each]) => [
        name,
        ...shares(each.accuracy, each['retrieval@1']),
      ]),
    ]),
    table([
      ['TEXT AND PICTURE', 'TEXT FINDS @1', '@10', 'PICTURE FINDS @1', '@10'],
      ...Object.entries({ labels, shop }).map(([name, { text_to_image: there, image_to_text: back }]) => [
        name,
        ...shares(there['recall@1'], there['recall@10'], back['recall@1'], back['recall@10']),
      ]),
    ]),
  ].join('\n\n');
}
