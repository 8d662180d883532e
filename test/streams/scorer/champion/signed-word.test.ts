import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureKey } from '../../../../models/registry/keys.ts';
import { signRecord } from '../../../../models/registry/signed-record.ts';
import { createLog } from '../../../../schemas/log.ts';
import type { Promotion } from '../../../../schemas/models/models.ts';
import type { Trial, TrialEnd } from '../../../../schemas/models/trials.ts';
import { Report } from '../../../../streams/report.ts';
import { SignedWord } from '../../../../streams/scorer/champion/signed-word.ts';
import { promotionOf } from '../scorer-room.ts';

const MANIFEST = '0'.repeat(64);

let keys: string;
beforeEach(async () => {
  keys = await mkdtemp(path.join(os.tmpdir(), 'temper-word-'));
  await ensureKey(keys, Date.now());
});
afterEach(() => rm(keys, { recursive: true }));

function hearing() {
  const heard: string[] = [];
  const report = new Report('scorer', 'test');
  const word = new SignedWord({
    ...{ keys, report, log: createLog('test', 'silent') },
    champion: {
      take: async (served, former = []) =>
        void heard.push([...former, served].map(({ model }) => model).join(' before ')),
    },
    challenger: { take: async trial => void heard.push(trial ? `tries ${trial.model}` : 'tries nobody') },
  });
  return { word, heard, report };
}

const champion = (model: string, number?: number): Promise<Promotion> =>
  signRecord(keys, { ...promotionOf(model, MANIFEST), ...(number && { number }) });
const trial = (model: string, at_ms: number): Promise<Trial> =>
  signRecord(keys, {
    ...{ v: 1, role: 'challenger', surface: 'home', model, manifest: MANIFEST, champion: 'a', experiment: 'e' },
    ...{ salt: '0'.repeat(32), stage: { kind: 'canary', share: 0.05 }, at_ms, reason: 'a test' },
  } as Trial);

const end = (model: string, at_ms: number, experiment = 'e'): TrialEnd => {
  const about = { surface: 'home', model, experiment, at_ms, reason: 'a test' } as const;
  return { v: 1, role: 'challenger', ended: true, ...about };
};

it('passes on what is signed, in its order, and refuses the rest without a change', async () => {
  const { word, heard, report } = hearing();
  word.take({ surface: 'home', champion: await champion('a', 1) });
  word.take({ surface: 'home', champion: promotionOf('unsigned', MANIFEST) });
  word.take({ surface: 'home', trial: await trial('b', Date.now()) });
  word.take({ surface: 'home', trial: { ...(await trial('b', Date.now())), stage: { kind: 'canary', share: 1 } } });
  word.take({ surface: 'home', trial: await signRecord(keys, end('b', Date.now())) });
  word.take({ surface: 'home', champion: await champion('b', 2) });
  await word.settled();
  expect(heard).toEqual(['a', 'tries b', 'tries nobody', 'b']);
  const { counts, notes } = report.snapshot(0);
  expect(counts).toMatchObject({ refused_records: 1, 'challenger.refused_records': 1 });
  expect(notes.refused_record).toMatch(/^b: MODEL_REFUSED.*the signature of key/);
});

it('passes on of what is said at once the newest champion, with those before it, and the newest word of a trial', async () => {
  const { word, heard, report } = hearing();
  const said = async (...champions: Promise<Promotion>[]) =>
    (await Promise.all(champions)).map(champion => ({ surface: 'home' as const, champion }));
  const trials = [await trial('d', 1_000), await signRecord(keys, end('d', 2_000)), await trial('e', 3_000)];
  word.take(
    ...(await said(champion('a', 1), champion('b', 3), champion('late', 2), champion('c', 4))),
    { surface: 'home', champion: promotionOf('unsigned', MANIFEST) },
    ...trials.map(each => ({ surface: 'home' as const, trial: each })),
  );
  word.take({ surface: 'home', trial: await signRecord(keys, end('e', 4_000)) });
  await word.settled();
  expect(heard).toEqual(['a before b before c', 'tries e', 'tries nobody']);
  expect(report.snapshot(0).counts.refused_records).toBe(2);
});

it('does not go back where a signed record of before is sent again', async () => {
  const { word, heard, report } = hearing();
  const [a, b] = [await champion('a', 1), await champion('b', 2)];
  const [first, second] = [await trial('c', 1_000), await trial('d', 2_000)];
  for (const each of [a, b, a, b]) word.take({ surface: 'home', champion: each });
  for (const each of [first, second, first]) word.take({ surface: 'home', trial: each });
  await word.settled();
  expect(heard).toEqual(['a', 'b', 'b', 'tries c', 'tries d']);
  expect(report.snapshot(0).notes.refused_record).toMatch(/^c: .*expected one behind 2000; got 1000/);
});

it('ends a trial by no other word than a signed one of after it', async () => {
  const { word, heard, report } = hearing();
  const [first, second] = [await trial('c', 1_000), await trial('d', 3_000)];
  const ended = await signRecord(keys, end('c', 2_000));
  word.take({ surface: 'home', trial: first });
  word.take({ surface: 'home', trial: end('c', 2_000) });
  word.take({ surface: 'home', trial: { ...ended, at_ms: 4_000 } });
  await word.settled();
  expect(heard).toEqual(['tries c']);
  for (const each of [ended, second, ended]) word.take({ surface: 'home', trial: each });
  await word.settled();
  expect(heard).toEqual(['tries c', 'tries nobody', 'tries d']);
  expect(report.snapshot(0).counts['challenger.refused_records']).toBe(3);
});

it('ends no trial by the signed end of another one', async () => {
  const { word, heard, report } = hearing();
  word.take({ surface: 'home', trial: await trial('c', 1_000) });
  word.take({ surface: 'home', trial: await signRecord(keys, end('b', 9_000, 'former')) });
  word.take({ surface: 'home', trial: await trial('c', 2_000) });
  await word.settled();
  expect(heard).toEqual(['tries c', 'tries c']);
  expect(report.snapshot(0).notes.refused_record).toMatch(
    /^b: .*expected the end of e, which is on; got that of former/,
  );
  for (const at_ms of [3_000, 4_000]) word.take({ surface: 'home', trial: await signRecord(keys, end('c', at_ms)) });
  await word.settled();
  expect(heard.slice(2)).toEqual(['tries nobody', 'tries nobody']);
  expect(report.snapshot(0).counts['challenger.refused_records']).toBe(1);
});
