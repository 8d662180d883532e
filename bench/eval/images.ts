import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { openProductEncoder } from '../../models/encoders/product.ts';
import { openImageEncoder } from '../../models/images/encoder.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { installWeights } from '../../services/weights/weights.ts';
import { EVALUATION, runEvaluation } from '../options.ts';
import { measureImages } from '../quality/images/measure.ts';
import { openPictures } from '../quality/images/pictures.ts';

const HELP = `Usage: npm run eval:images -- --data DIR [options]

How well frozen vectors of pictures tell classes, find pictures of the same class, and meet texts.

  --data DIR       has labels.csv (file,split,label) and the pictures in img/
  --train SPLIT    what is learned from (default: train)
  --test SPLIT     what is measured on, read last (default: validation)
  --seeds N        trainings, of which means are told (default: 1)
  --max-minutes M  gives up after so long (default: 40)
  --json           prints one JSON object`;

const options = z.object({
  ...EVALUATION,
  data: z.string('--data DIR is missing'),
  train: z.string().default('train'),
  test: z.string().default('validation'),
});

await runEvaluation({ help: HELP, options }, async ({ data, train, test, seeds, json, 'max-minutes': minutes }) => {
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
});

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
