import { explainList, type ItemExplanation, type ListExplanation } from '../activities/explain/explain-list.ts';
import type { Group } from '../models/explain/groups.ts';
import { modelsIn } from '../models/registry/store/place.ts';
import { readPolicies } from '../schemas/policies/policies.ts';
import type { Config } from '../schemas/settings/config.ts';
import { printResult } from './output.ts';
import { withClient } from './stack/endpoints.ts';

export interface ExplainOptions {
  language?: string;
  json?: boolean;
}

/** Says why each item of a list stands where it stands. */
export async function explainServed(config: Config, list: string, { json, ...options }: ExplainOptions): Promise<void> {
  await withClient(config, async ({ store }) => {
    const { currencies } = readPolicies(config.policy);
    const sources = { store: await store(), registry: modelsIn(config), currencies };
    const explanation = await explainList(sources, { list, ...options });
    printResult(explanation, json, () => told(explanation));
  });
}

function told({ list, surface, user, arm, model, baseline, orderSentence, names, items }: ListExplanation): string {
  return [
    `${list}: ${surface} for ${user}, by ${model} (${arm}); the mean item's score is ${baseline.toFixed(4)}`,
    ...(orderSentence === null ? [] : [orderSentence]),
    ...items.flatMap(item => ['', ...itemTold(item, names)]),
  ].join('\n');
}

function itemTold({ position, title, item, score, groups, sentences }: ItemExplanation, names: Named): string[] {
  const parts = (Object.entries(groups) as [Group, number][])
    .filter(([, value]) => value !== 0)
    .sort(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .map(([group, value]) => `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4)} ${names[group]}`);
  return [
    `${position + 1}. ${title} (${item}), score ${score.toFixed(4)}`,
    ...sentences.map(sentence => `   ${sentence}`),
    ...(parts.length > 0 ? [`   ${parts.join(', ')}`] : []),
  ];
}

type Named = ListExplanation['names'];
