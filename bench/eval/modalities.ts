import path from 'node:path';
import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { type ColdFigures, measureColdItems, rareTokens } from '../modalities/cold-items.ts';
import type { Probes } from '../modalities/probes.ts';
import { type LearnedVideos, measureShop, type Row } from '../modalities/shop.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { inColumns, LIST_HEADS } from '../quality/beyond-accuracy.ts';
import { readDescriptions } from '../quality/next-item/contents.ts';
import { readLeftOut } from '../quality/next-item/sequences.ts';

const HELP = `Usage: npm run eval:modalities -- [options]

What ids, texts, pictures and videos each tell a ranker in the simulated shop, and how items are found that no training
has seen.

  --data DIR       also on a real set: sequences.txt, item_attributes.json and item_text.tsv
  --seeds N        runs, of which means are told (default: 3)
  --first N        the seed of the first run in the simulated shop (default: 1)
  --lists N        lists of the simulated shop in a run (default: 16000)
  --only TEXT      trains only rankers of the shop with this in their names
  --max-minutes M  begins no training after so long (default: 40)
  --json           prints one JSON object`;

const options = z.object({
  ...EVALUATION,
  seeds: EVALUATION.seeds.default(3),
  first: wholeNumber('first', 1).default(1),
  data: z.string().optional(),
  lists: wholeNumber('lists', 1_000).default(16_000),
  only: z.string().default(''),
});

await runEvaluation(
  { help: HELP, options },
  async ({ data, seeds, first, lists, only, json, 'max-minutes': minutes }) => {
    const until = performance.now() + minutes * 60_000;
    const real = data === undefined ? undefined : await measureReal(data, seeds);
    const shop = await measureShop({ first, seeds, lists, only, until }, progress);
    const result = { seeds, first, lists, shop, real, minutes: performance.now() / 60_000 };
    const tables = () => [
      videoTable(shop.videos),
      probeTable(shop.probes),
      shopTable(shop.rankers),
      ...(real ?? []).map(realTable),
    ];
    printResult(result, json, () => tables().join('\n\n'));
  },
);

/** Cold items of a set that was recorded: each seed keeps other items out. */
async function measureReal(directory: string, seeds: number) {
  const { names, training, validation, test } = readLeftOut(path.join(directory, 'sequences.txt'));
  const descriptions = readDescriptions(directory, names);
  const contents = {
    attributes: rareTokens(descriptions, token => token.startsWith('attribute ')),
    words: rareTokens(descriptions, token => token.startsWith('word ')),
    both: rareTokens(descriptions, () => true),
  };
  const runs: Awaited<ReturnType<typeof measureColdItems>>[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    runs.push(await measureColdItems({ items: names.length, training, validation, test, contents }, seed));
    progress(`${directory}, seed ${seed}: ${runs.at(-1)!.users} users whose next item was kept out`);
  }
  return runs;
}

function videoTable(videos: readonly LearnedVideos[]): string {
  const digits = (...figures: number[]) => figures.map(each => each.toFixed(4));
  return table([
    ['TEXTS FIND VIDEOS', 'RECALL@1, MEAN OF FRAMES', 'BY ATTENTION', 'MRR, MEAN', 'BY ATTENTION', 'MORE'],
    ...videos.map(({ seed, learned_from, held_out, mean, learned, gain: { value, low, high } }) => [
      `seed ${seed}: ${held_out}, learned from ${learned_from}`,
      ...digits(mean['recall@1'], learned['recall@1'], mean.mrr, learned.mrr),
      `${value.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`,
    ]),
  ]);
}

function probeTable(probes: Probes): string {
  const facets = Object.keys(Object.values(probes)[0]!);
  return table([
    ['A LINEAR HEAD FINDS', ...facets.map(facet => facet.toUpperCase())],
    ...Object.entries(probes).map(([modality, found]) => [
      `by ${modality}`,
      ...Object.values(found).map(({ accuracy, chance }) => `${accuracy.toFixed(3)} (chance ${chance.toFixed(3)})`),
    ]),
  ]);
}

function shopTable(rows: Record<string, Row>): string {
  const spread = ({ mean, sd }: Row['ndcg']) => `${mean.toFixed(4)} ± ${sd.toFixed(4)}`;
  const interval = ({ value, low, high }: Row['clicks']) => [value, low, high].map(each => (100 * each).toFixed(1));
  const clicks = (each: Row['clicks']) => {
    const [value, low, high] = interval(each);
    return `${value} % (${low} to ${high})`;
  };
  return table([
    ['SIMULATED SHOP', 'RUNS', 'NDCG@10', 'AUC', 'CLICKS, ALL ITEMS', 'AUC, COLD', 'CLICKS, COLD ITEMS', ...LIST_HEADS],
    ...Object.entries(rows).map(([name, row]) => [
      name,
      String(row.runs),
      spread(row.ndcg),
      spread(row.auc),
      clicks(row.clicks),
      spread(row.cold_auc),
      clicks(row.cold_clicks),
      ...inColumns(row.lists),
    ]),
  ]);
}

function realTable({ users, cold_items, chance, found }: Awaited<ReturnType<typeof measureColdItems>>): string {
  const figures = ({ 'hr@10': hr, 'ndcg@10': ndcg, interval }: ColdFigures) => [
    `${hr.toFixed(4)} (${interval.low.toFixed(4)} to ${interval.high.toFixed(4)})`,
    ndcg.toFixed(4),
  ];
  return table([
    [`${cold_items} ITEMS KEPT OUT, ${users} USERS`, 'HR@10 AMONG THEM', 'NDCG@10', 'HR@10 AMONG ALL', 'NDCG@10'],
    ['chance', chance.cold.toFixed(4), '', chance.all.toFixed(4), ''],
    ...Object.entries(found).map(([name, { cold, all }]) => [name, ...figures(cold), ...figures(all)]),
  ]);
}
