import path from 'node:path';
import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import type { Interval } from '../../models/evaluate/bootstrap.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { readDescriptions } from '../quality/next-item/contents.ts';
import { readLeftOut } from '../quality/next-item/sequences.ts';
import { openEyes } from '../robustness/images/eyes.ts';
import { measureImages } from '../robustness/images/measure.ts';
import type { PairedFigures } from '../robustness/paired.ts';
import { measureSequence } from '../robustness/sequence/measure.ts';
import { measureNeighbours } from '../robustness/sequence/neighbours.ts';
import { measureShop } from '../robustness/shop/measure.ts';

const HELP = `What rankers are worth under attack, plain and hardened, in NDCG@10.

  npm run eval:robustness -- --data DIR [--neighbours] [--seeds N] [--max-minutes N] [--json]
  npm run eval:robustness -- --shop [--ranker perceptron|fusion] [--seeds N] [--first SEED] [--lists N] [--json]
  npm run eval:robustness -- --images [--seeds N] [--first SEED] [--lists N] [--json]

DIR has sequences.txt, and item_attributes.json and item_text.tsv where there are any, as for eval:next-item; with
--neighbours no network is trained, and only neighbours are judged. --shop is the simulated one, and --images
attacks the pictures of its products in their pixels, for fusion rankers that see them. All may be asked for at once.`;

const options = z
  .object({
    ...EVALUATION,
    data: z.string().optional(),
    neighbours: z.boolean().default(false),
    shop: z.boolean().default(false),
    images: z.boolean().default(false),
    ranker: z.enum(['perceptron', 'fusion']).default('perceptron'),
    first: wholeNumber('first', 1).default(1),
    lists: wholeNumber('lists', 1_000).default(8_000),
  })
  .refine(({ data, neighbours }) => data !== undefined || !neighbours, '--data DIR is missing');

interface Figures {
  readonly clean: PairedFigures;
  readonly attacks: Readonly<Record<string, PairedFigures>>;
  /** Of the first ten, the share of what a farm pushes, by the attack. */
  readonly pushed?: Readonly<Record<string, { plain: number; hardened: number }>>;
}

await runEvaluation(
  { help: HELP, options },
  async ({ data, neighbours, shop, images, ranker, seeds, first, lists, json, 'max-minutes': minutes }) => {
    const seconds = minutes * 60;
    const inShop =
      shop || (data === undefined && !images)
        ? await measureShop({ kind: ranker, first, seeds, lists }, progress)
        : undefined;
    const onData = data === undefined ? undefined : await measureData(data, { seeds, seconds, neighbours });
    const onImages = images
      ? await measureImages({ first, seeds, lists }, await openEyes(progress), progress)
      : undefined;
    const named: Record<string, Figures> = { ...onData, ...(inShop && { shop: inShop }), ...onImages };
    const [[, told], ...others] = Object.entries(named) as [[string, Figures], ...[string, Figures][]];
    const result = {
      ...bothOf(told),
      ...Object.fromEntries(others.map(([name, figures]) => [name, bothOf(figures)])),
      intervals: named,
      minutes: performance.now() / 60_000,
    };
    printResult(result, json, () =>
      Object.entries(named)
        .flatMap(([name, figures]) => [figuresTable(name, figures), ...pushedTable(figures)])
        .join('\n\n'),
    );
  },
);

async function measureData(directory: string, limits: { seeds: number; seconds: number; neighbours: boolean }) {
  const sequences = readLeftOut(path.join(directory, 'sequences.txt'));
  const measured = async () => ({ neighbours: await measureNeighbours(sequences, limits, progress) });
  if (limits.neighbours) return await measured();
  const described = readDescriptions(directory, sequences.names);
  return { blend: await measureSequence(sequences, described, limits, progress), ...(await measured()) };
}

/** As `{plain: {clean, attacks: {NAME: ndcg}}, hardened: {...}}`. */
function bothOf({ clean, attacks }: Figures) {
  const of = (name: 'plain' | 'hardened') => ({
    clean: clean[name].value,
    attacks: Object.fromEntries(Object.entries(attacks).map(([attack, figures]) => [attack, figures[name].value])),
  });
  return { plain: of('plain'), hardened: of('hardened') };
}

function figuresTable(title: string, { clean, attacks }: Figures): string {
  const shown = ({ value, low, high }: Interval) => `${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`;
  return table([
    [`${title.toUpperCase()}, NDCG@10`, 'PLAIN', 'HARDENED', 'HARDENED MINUS PLAIN'],
    ...Object.entries({ clean, ...attacks }).map(([name, { plain, hardened, gain }]) => [
      name,
      shown(plain),
      shown(hardened),
      shown(gain),
    ]),
  ]);
}

function pushedTable({ pushed }: Figures): string[] {
  if (!pushed) return [];
  const share = (part: number) => `${(100 * part).toFixed(1)} %`;
  const rows = Object.entries(pushed).map(([name, { plain, hardened }]) => [name, share(plain), share(hardened)]);
  return [table([['OF THE FIRST TEN, WHAT IS PUSHED', 'PLAIN', 'HARDENED'], ...rows])];
}
