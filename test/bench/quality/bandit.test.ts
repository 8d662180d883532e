import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readActions, readImpressions } from '../../../bench/quality/off-policy/bandit.ts';

function directory(files: Record<string, string[]>): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'temper-bandit-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [name, lines] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), [...lines, ''].join('\n'));
  }
  return root;
}

const ACTIONS = ['item_id,position1,position2', 'a,0.75,0.1', 'b,0.25,0.9'];
const LOG = [',timestamp,item_id,position,click,propensity_score,user_feature_0', '0,2019-11-24,b,2,1,0.5,x'];

async function read(lines: string[], actions = ACTIONS) {
  const root = directory({ 'actions.csv': actions, 'random/all/all.csv': lines });
  return readImpressions(root, 'random', 'all', await readActions(path.join(root, 'actions.csv')));
}

it('reads impressions, each a round of its own, in the numbers of the distribution', async () => {
  expect(await read([...LOG, '1,2019-11-24,a,1,0,0.5,y'])).toEqual({
    item: Int32Array.of(1, 0),
    position: Int32Array.of(1, 0),
    reward: Float64Array.of(1, 0),
    propensity: Float64Array.of(0.5, 0.5),
    group: Int32Array.of(0, 1),
    groups: 2,
  });
  const root = directory({ 'actions.csv': ACTIONS });
  expect(await readActions(path.join(root, 'actions.csv'))).toEqual({
    items: new Map([
      ['a', 0],
      ['b', 1],
    ]),
    positions: 2,
    probability: Float64Array.of(0.75, 0.1, 0.25, 0.9),
  });
});

it.each([
  ['1,2019,c,1,0,0.5,y', 'line 3; expected an item'],
  ['1,2019,a,3,0,0.5,y', 'line 3; expected an item'],
  ['1,2019,a,1,2,0.5,y', 'line 3; expected item_id, position, click'],
  ['1,2019,a,1,0,0,y', 'line 3; expected item_id, position, click'],
  ['1,2019,a', 'line 3'],
])('refuses %s with its line', async (row, said) => {
  await expect(read([...LOG, row])).rejects.toThrow(said);
});

it('refuses probabilities that do not add up to 1, and says which file is not there', async () => {
  await expect(read(LOG, ['item_id,position1,position2', 'a,0.75,0.1', 'b,0.25,0.8'])).rejects.toThrow('position 2');
  await expect(readActions('nowhere.csv')).rejects.toThrow(/INPUT_INVALID.*nowhere.csv/);
});
