import type { ProductEncoder } from '../../../models/encoders/product.ts';
import { bootstrap, type Interval } from '../../../models/evaluate/bootstrap.ts';
import type { SessionOptions } from '../../../models/graph/runtime.ts';
import type { ImageEncoder } from '../../../models/images/encoder.ts';
import { trainHead } from '../../../models/images/head.ts';
import { random } from '../../../models/random.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { type BothWays, labelsBothWays, shopBothWays } from './both-ways.ts';
import { type Choice, chooseHead, type Examples, withViews } from './choose-head.ts';
import { hits } from './find.ts';
import { type Encoded, encodePictures, type LabelledPictures, type Pictures } from './pictures.ts';
import { measureVideos, type Pooling, type VideoFigures } from './pooled-videos.ts';

export interface ImagesRun extends SessionOptions {
  readonly images: ImageEncoder;
  readonly texts: ProductEncoder;
  readonly pictures: LabelledPictures;
  readonly train: string;
  readonly test: string;
  readonly seeds: number;
  readonly minutes: number;
}

/** The seed of views and of intervals, which are the same in all trainings. */
const SEED = 1;

/**
 * Chooses and trains on the training part, then reads the test part.
 *
 * @throws TIMED_OUT
 */
export async function measureImages(run: ImagesRun, onProgress: (line: string) => void) {
  const { images, texts, pictures, seeds, threads, providers } = run;
  const session = { ...(threads && { threads }), ...(providers && { providers }) };
  const started = performance.now();
  const minutes = () => (performance.now() - started) / 60_000;
  const tell = (line: string) => {
    if (minutes() > run.minutes) {
      throw new TemperError('TIMED_OUT', { where: line, expected: `${run.minutes} minutes`, next: 'Give it more' });
    }
    onProgress(`${line}, ${minutes().toFixed(1)} minutes`);
  };

  const training = await encoded(images, await pictures.read(run.train), tell);
  const parts = await encodeParts(images, training.files, tell);
  const examples: Examples = {
    ...{ vectors: training.straight, frames: 1, width: images.width },
    ...{ labels: training.labels, classes: pictures.names.length },
    views: { mirrored: training.mirrored, parts },
  };
  const rounds: { seed: number; chosen: Choice; tried: Choice[] }[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    rounds.push({ seed, ...(await chooseHead(examples, { ...session, seed })) });
    tell(`seed ${seed}: chosen by cross-validation`);
  }

  const test = await encoded(images, await pictures.read(run.test), tell);
  const right: Uint8Array[] = [];
  const videos: VideoFigures[] = [];
  const [labels, shop]: [BothWays[], BothWays[]] = [[], []];
  for (const { seed, chosen } of rounds) {
    const all = [...training.labels.keys()];
    const head = await trainHead(withViews(examples, chosen.views, all), { ...session, l2: chosen.l2 });
    const classes = await head.classes({ vectors: test.straight, frames: 1, width: images.width });
    await head.release();
    right.push(Uint8Array.from(classes, (each, row) => Number(each === test.labels[row])));
    videos.push(await measureVideos(images, { training, test, classes: pictures.names.length }, { ...session, seed }));
    tell(`seed ${seed}: videos`);
    const data = { names: pictures.names, training: plain(training), test: plain(test) };
    labels.push(await labelsBothWays({ images, texts }, data, seed));
    shop.push(await shopBothWays({ images, texts }, seed, done => tell(`seed ${seed}: ${done} pictures of the shop`)));
  }
  const rowsOf = (vectors: Float32Array) => ({ vectors, width: images.width });
  const found = hits(rowsOf(test.straight), rowsOf(training.straight), 1, (row, other) => {
    return test.labels[row] === training.labels[other];
  });
  const accuracy = intervalOf(right);
  const retrieval = intervalOf([found]);
  return {
    protocol: `frozen vectors of ${images.id}; regularisation and views chosen by cross-validation in ${run.train}, measured on ${run.test}`,
    seeds,
    accuracy: accuracy.value,
    'retrieval@1': retrieval.value,
    interval: { accuracy, 'retrieval@1': retrieval },
    pictures: { train: training.labels.length, test: test.labels.length },
    chosen: rounds.map(({ chosen }) => chosen),
    augmentation: rounds[0]!.tried.map((each, at) => ({
      views: each.views,
      accuracy: mean(rounds.map(({ tried }) => tried[at]!.accuracy)),
    })),
    video: { ...videos[0]!, pooling: meanPooling(videos) },
    labels: meanBothWays(labels),
    shop: meanBothWays(shop),
    minutes: minutes(),
  };
}

async function encoded(images: ImageEncoder, part: Pictures, tell: (line: string) => void): Promise<Encoded> {
  const straight = await encodePictures(images, part.files, done => tell(`${done} pictures`));
  const mirror = () => ({ mirrored: true });
  const mirrored = await encodePictures(images, part.files, done => tell(`${done} in the mirror`), mirror);
  return { ...part, straight, mirrored };
}

/** Of each picture a random square part of 70 to 100 % of its shorter side. */
async function encodeParts(
  images: ImageEncoder,
  files: readonly Uint8Array[],
  tell: (line: string) => void,
): Promise<Float32Array> {
  const draws = random(SEED);
  const part = () => ({ part: { side: 0.7 + 0.3 * draws.uniform(), x: draws.uniform(), y: draws.uniform() } });
  return await encodePictures(images, files, done => tell(`${done} parts of pictures`), part);
}

function plain({ straight, labels }: Encoded) {
  return { vectors: straight, labels };
}

/** The share of test pictures that are right, the mean of the trainings, with its bootstrap interval over pictures. */
function intervalOf(rounds: readonly Uint8Array[]): Interval {
  const count = rounds[0]!.length;
  const statistic = (times: Uint32Array) =>
    mean(rounds.map(right => right.reduce((sum, each, row) => sum + each * times[row]!, 0) / count));
  return bootstrap(count, statistic, { seed: SEED, resamples: 10_000 })!;
}

function meanPooling(videos: readonly VideoFigures[]): VideoFigures['pooling'] {
  const of = (name: Pooling) => ({
    accuracy: mean(videos.map(({ pooling }) => pooling[name].accuracy)),
    'retrieval@1': mean(videos.map(({ pooling }) => pooling[name]['retrieval@1'])),
  });
  return { mean: of('mean'), learned: of('learned') };
}

function meanBothWays(rounds: readonly BothWays[]): BothWays {
  const of = (way: 'text_to_image' | 'image_to_text') => ({
    'recall@1': mean(rounds.map(each => each[way]['recall@1'])),
    'recall@10': mean(rounds.map(each => each[way]['recall@10'])),
  });
  return { ...rounds[0]!, text_to_image: of('text_to_image'), image_to_text: of('image_to_text') };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
