import path from 'node:path';
import { z } from 'zod';
import type { Shown } from '../../../models/evaluate/off-policy/reward-model.ts';
import { TemperError } from '../../../schemas/errors.ts';
import { readCsv } from '../../../streams/replay/reading/csv.ts';

/** P(item at position) of a policy that does not look at users. */
export interface ActionDistribution {
  /** Numbers of items by their ids. */
  readonly items: ReadonlyMap<string, number>;
  readonly positions: number;
  /** [items * positions] */
  readonly probability: Float64Array;
}

/** A log of impressions, each a round of its own: nobody is known twice. */
export interface Impressions extends Shown {
  /** P(the item at its position) under the policy that logged it. */
  readonly propensity: Float64Array;
}

const Impression = z.object({
  item_id: z.string().min(1),
  position: z.coerce.number().int().positive(),
  click: z.coerce.number().int().min(0).max(1),
  propensity_score: z.coerce.number().gt(0).max(1),
});
const COLUMNS = Object.keys(Impression.shape);
const POSITION = /^position(\d+)$/;
const Probabilities = z.record(z.string(), z.coerce.number().min(0).max(1));
/** Files have five digits of each probability. */
const TOLERANCE = 1e-3;

/** @throws INPUT_INVALID with the line that is otherwise, or the position whose probabilities do not add up to 1 */
export async function readActions(file: string): Promise<ActionDistribution> {
  const items = new Map<string, number>();
  const probability: number[] = [];
  let positions = 0;
  for await (const { line, row } of rowsOf(file, column => column === 'item_id' || POSITION.test(column))) {
    const { item_id, ...rest } = row;
    const said = Probabilities.safeParse(rest);
    if (!item_id || !said.success) refuse(file, line, 'item_id and a probability for each position', row);
    items.set(item_id, items.size);
    positions = Object.keys(said.data).length;
    for (let position = 1; position <= positions; position++) probability.push(said.data[`position${position}`]!);
  }
  for (let position = 0; position < positions; position++) {
    const sum = probability.reduce((all, each, at) => all + (at % positions === position ? each : 0), 0);
    if (Math.abs(sum - 1) > TOLERANCE)
      refuse(file, 1, `probabilities of position ${position + 1} that add up to 1`, sum);
  }
  return { items, positions, probability: Float64Array.from(probability) };
}

/** @throws INPUT_INVALID with the line that is otherwise, or that has what the distribution does not know */
export async function readImpressions(
  directory: string,
  policy: 'random' | 'bts',
  campaign: string,
  { items, positions }: ActionDistribution,
): Promise<Impressions> {
  const file = path.join(directory, policy, campaign, `${campaign}.csv`);
  const rows: { item: number; position: number; click: number; propensity: number }[] = [];
  for await (const { line, row } of rowsOf(file, column => COLUMNS.includes(column))) {
    const read = Impression.safeParse(row);
    if (!read.success) refuse(file, line, COLUMNS.join(', '), row);
    const { item_id, position, click, propensity_score: propensity } = read.data;
    const item = items.get(item_id);
    if (item === undefined || position > positions)
      refuse(file, line, 'an item and a position with probabilities', row);
    rows.push({ item, position: position - 1, click, propensity });
  }
  return {
    item: Int32Array.from(rows, ({ item }) => item),
    position: Int32Array.from(rows, ({ position }) => position),
    reward: Float64Array.from(rows, ({ click }) => click),
    propensity: Float64Array.from(rows, ({ propensity }) => propensity),
    group: Int32Array.from(rows.keys()),
    groups: rows.length,
  };
}

async function* rowsOf(file: string, isWanted: (column: string) => boolean) {
  try {
    for await (const entry of readCsv(file, column => (isWanted(column) ? column : undefined))) {
      if (!entry.ok) refuse(file, entry.line, 'a row of a CSV', entry.reason);
      yield { line: entry.line, row: entry.value };
    }
  } catch (cause) {
    if (cause instanceof TemperError) throw cause;
    throw new TemperError('INPUT_INVALID', { where: file, expected: 'a CSV with a header', cause });
  }
}

function refuse(file: string, line: number, expected: string, got: unknown): never {
  const shown = JSON.stringify(got).slice(0, 120);
  throw new TemperError('INPUT_INVALID', { where: `${file}, line ${line}`, expected, got: shown });
}
