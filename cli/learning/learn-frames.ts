import { openProductEncoder, productText } from '../../models/encoders/product.ts';
import { openImageEncoder } from '../../models/images/encoder.ts';
import { writePooling } from '../../models/images/frame-pooling.ts';
import { readFrames } from '../../models/images/frames.ts';
import { type Finding, learnPooling, type VideoPairs } from '../../models/images/learn-pooling.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Product } from '../../schemas/topics/events.ts';
import { admit } from '../../streams/admit.ts';
import { placeOf } from '../../streams/enrich/media.ts';
import { findPlaces, type Place } from '../../streams/enrich/places.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import { printResult, progress, table } from '../output.ts';
import { withClient } from '../stack/endpoints.ts';
import { encoderWeights } from '../stack/weights.ts';

export interface LearnFramesCommand {
  seed: number;
  most: number;
  json?: boolean;
}

/**
 * Learns from the shop's own videos and texts which frames count, and keeps that where held-out texts find their videos
 * by it no worse than by the mean.
 */
export async function learnFrames(config: Config, { seed, most, json }: LearnFramesCommand): Promise<void> {
  const products = await withClient(config, ({ bus }) => productsWithVideos(bus, most));
  const { text, image } = placesIn(config);
  const session = { threads: config.threads, providers: config.providers };
  const images = await openImageEncoder(image.place, session);
  const words = await openProductEncoder(text.place, text.name, session);
  try {
    const pairs = await pairsOf(products, config.media, { images, words });
    const { pooling, ...found } = await learnPooling(pairs, { ...session, seed });
    const kept = found.learned.mrr >= found.mean.mrr;
    const file = kept ? await writePooling(config.cacheDir, images.id, pooling) : undefined;
    printResult({ kept, file: file ?? null, ...found }, json, () =>
      [
        `learned from ${found.learned_from} videos, judged by ${found.held_out} others`,
        table([
          ['FRAMES COUNT', 'RECALL@1', 'RECALL@10', 'MRR'],
          ['alike', ...figures(found.mean)],
          ['as was learned', ...figures(found.learned)],
        ]),
        kept
          ? `written to ${file}; when the job enrich starts the next time, it makes the vectors of all videos anew`
          : 'not kept: texts find their videos better by the mean',
      ].join('\n'),
    );
  } finally {
    await images.release();
    await words.release();
  }
}

/** What the catalogue holds now, the first by their names. */
async function productsWithVideos(bus: Bus, most: number): Promise<Product[]> {
  const products = new Map<string, Product>();
  await bus.follow({
    topics: ['shop.catalogue'],
    once: true,
    apply: (_topic, _partition, record) => {
      if (record.key === null) return;
      const parsed = record.value && admit('shop.catalogue', record);
      if (parsed?.ok && parsed.value.video !== undefined) products.set(record.key, parsed.value);
      else products.delete(record.key);
    },
  });
  return [...products.keys()]
    .sort()
    .slice(0, most)
    .map(item => products.get(item)!);
}

/** @throws CONFIG_INVALID where an encoder is switched off, or not on this machine */
function placesIn(config: Config): Record<'text' | 'image', Place> {
  const { places, absent } = findPlaces(config, encoderWeights(config));
  const { text, image } = places;
  if (text && image) return { text, image };
  throw new TemperError('CONFIG_INVALID', {
    where: 'TEMPER_TEXT_ENCODER and TEMPER_IMAGE_ENCODER',
    expected: 'an encoder of texts and one of pictures that are on this machine',
    got: absent.length > 0 ? `none of ${absent.join(' and ')} yet` : 'none',
    next: 'Run `temper models pull`',
  });
}

async function pairsOf(
  products: readonly Product[],
  media: string,
  {
    images,
    words,
  }: Record<'images', Awaited<ReturnType<typeof openImageEncoder>>> &
    Record<'words', Awaited<ReturnType<typeof openProductEncoder>>>,
): Promise<VideoPairs> {
  const [videos, names]: [Float32Array[][], string[]] = [[], []];
  for (const [n, product] of products.entries()) {
    try {
      videos.push(await images.vectors(await readFrames(await placeOf(media, product.video!))));
      names.push(productText(product));
    } catch (error) {
      progress(`${product.item}: ${error instanceof Error ? error.message : error}`);
    }
    if ((n + 1) % 100 === 0) progress(`${n + 1} of ${products.length} videos encoded`);
  }
  const texts = { vectors: await words.encode(names), width: words.width };
  return { videos, width: images.width, names, texts };
}

function figures({ mrr, ...recalls }: Finding): string[] {
  return [recalls['recall@1'], recalls['recall@10'], mrr].map(each => each.toFixed(4));
}
