import path from 'node:path';
import { benchRanker } from '../../../../bench/scorer/ranker.ts';
import { sha256Of } from '../../../../models/registry/hash.ts';
import { ensureKey } from '../../../../models/registry/keys.ts';
import type { Promotion } from '../../../../schemas/models/models.ts';
import { underway, until } from '../../moves.ts';
import type { Fault, Room } from '../../suite.ts';
import { badModels } from './bad-models.ts';
import { astray, isLate, openServingRoom, type ServingRoom } from './room.ts';

const GOOD = 'good';
const WITHIN_MS = 600_000;

interface Bad {
  name: string;
  promotion: Promotion;
  refusal: RegExp;
}

export const BAD_MODEL: Fault = {
  number: 21,
  name: 'bad model',
  inject:
    'promotions of models that are damaged, unsigned, signed by a stranger, of another width, with NaN, with data outside of the file, with an unknown operation, too slow',
  expect: 'refused, the champion stays, no list without it',
  jobs: ['features', 'sinks', 'scorer'],
  traffic: { requests_per_s: 20, events_per_s: 50 },
  async run(room) {
    const serving = await openServingRoom(room);
    const { signal, progress } = room;
    const broken: string[] = [];
    try {
      const { board } = serving;
      await serving.promote(await serving.plant(GOOD, benchRanker(1)));
      const served = await until(() => board.note('scorer', 'champion') === GOOD, { within_ms: WITHIN_MS, signal });
      if (!served) broken.push('the good model was not served');
      const since_ms = Date.now();
      const all = await plantAll(room, serving);
      for (const { name, promotion, refusal } of all) {
        await underway(room, 20);
        const before = board.count('scorer', 'refused_models');
        await serving.promote(promotion);
        const isRefused = () => board.count('scorer', 'refused_models') > before;
        if (!(await until(isRefused, { within_ms: WITHIN_MS, signal }))) broken.push(`${name}: not refused`);
        const said = board.note('scorer', 'refused_model') ?? '';
        if (!said.startsWith(promotion.model) || !refusal.test(said)) broken.push(`${name}: ${said}`);
        progress(`${name}: refused`);
      }
      const champion = board.note('scorer', 'champion');
      if (champion !== GOOD) broken.push(`${champion} serves`);
      const errors = board.count('scorer', 'failed_scores');
      if (errors > 0) broken.push(`${errors} lists that the champion failed on`);
      await room.settle();
      const lists = (await serving.lists()).filter(({ at_ms }) => at_ms > since_ms);
      const wrong = astray(lists, model => model === GOOD);
      if (wrong.length > 0) broken.push(`${wrong.length} lists without the champion, one by ${wrong[0]!.model}`);
      const late = lists.filter(isLate).length;
      if (lists.length === late) broken.push('no list was in time');
      return { broken, measured: { refused: all.length, lists: lists.length, late, errors } };
    } finally {
      await serving.close();
    }
  },
};

async function plantAll({ stack }: Room, serving: ServingRoom): Promise<Bad[]> {
  const strangers = path.join(stack.config.dataDir, 'strangers');
  await ensureKey(strangers, Date.now());
  const by = async (name: string, signedBy: string | null, refusal: RegExp): Promise<Bad> => {
    return { name, promotion: await serving.plant(name, benchRanker(2), signedBy), refusal };
  };
  const bad = [await by('unsigned', null, /no such file|signature/), await by('stranger', strangers, /key/)];
  bad.push(await flipped(serving));
  for (const [n, { name, bytes, refusal }] of badModels().entries()) {
    bad.push({ name, promotion: await serving.plant(`bad-${n}`, bytes), refusal });
  }
  return bad;
}

/** Signed as it was; a byte of it is another one since. */
async function flipped({ plant, store }: ServingRoom): Promise<Bad> {
  const [name, bytes] = ['flipped', benchRanker(3)];
  const promotion = await plant(name, bytes);
  const other = bytes.slice();
  other[Math.floor(other.length / 2)]! ^= 1;
  await store.replace(store.nameOf(name, { name: 'model.onnx', sha256: sha256Of(bytes) }), other);
  return { name: 'a flipped byte', promotion, refusal: /sha256/ };
}
