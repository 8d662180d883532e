import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { printCampaigns, printSpend, putCampaigns, setStatus } from '../../cli/ads.ts';
import { createLog } from '../../schemas/log.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Account, Campaign } from '../../schemas/topics/ads.ts';
import { topicSpecs } from '../../streams/graph.ts';
import { connect } from '../../streams/kafka/connect.ts';
import { testConfig } from '../job-process.ts';

const run = `ads-${randomUUID().slice(0, 8)}`;
let config: Config;
let bus: ReturnType<typeof connect>;
let directory: string;
beforeAll(async () => {
  config = testConfig(inject('endpoints'), 'temper_ads');
  bus = connect({ brokers: config.kafka!, name: run, log: createLog('test', 'silent') });
  await bus.ensureTopics(topicSpecs(config));
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-ads-'));
});
afterAll(async () => {
  await bus?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** What a command prints with --json. */
async function printed<T>(command: () => Promise<void>): Promise<T> {
  let text = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(part => {
    text += part;
    return true;
  });
  await command().finally(() => write.mockRestore());
  return JSON.parse(text) as T;
}
async function fileWith(text: string): Promise<string> {
  const file = path.join(directory, `${randomUUID()}.json`);
  await writeFile(file, text);
  return file;
}
const terms = { items: ['tea'], bid_micros: 300_000, daily_micros: 9_000_000, currency: 'EUR' };
async function campaigns(): Promise<Campaign[]> {
  const all = await printed<{ campaigns: Campaign[] }>(() => printCampaigns(config, { json: true }));
  return all.campaigns.filter(({ campaign }) => campaign.startsWith(run));
}

it('campaigns of a file are published, listed, paused and resumed; a wrong one stops all of them', async () => {
  const [spring, summer] = [`${run}-spring`, `${run}-summer`];
  const lines = [spring, summer].map(campaign => JSON.stringify({ campaign, ...terms }));
  const file = await fileWith(`${lines.join('\n')}\n`);
  expect(await printed(() => putCampaigns(config, file, { json: true }))).toEqual({ campaigns: 2 });
  expect((await campaigns()).map(({ campaign, status }) => [campaign, status]).sort()).toEqual([
    [spring, 'running'],
    [summer, 'running'],
  ]);
  await printed(() => setStatus(config, spring, 'paused', { json: true }));
  const paused = (await campaigns()).find(({ campaign }) => campaign === spring)!;
  expect(paused).toMatchObject({ status: 'paused', ...terms });

  const wrong = await fileWith(
    JSON.stringify([
      { campaign: `${run}-new`, ...terms },
      { campaign: `${run}-bad`, ...terms, bid_micros: 0 },
    ]),
  ); // prettier-ignore
  await expect(putCampaigns(config, wrong, {})).rejects.toThrow(/campaign 2.*bid_micros/);
  await expect(setStatus(config, `${run}-none`, 'paused', {})).rejects.toThrow(/campaigns list/);
  await expect(putCampaigns(config, path.join(directory, 'none.json'), {})).rejects.toThrow(/INPUT_INVALID/);
  expect(await campaigns()).toHaveLength(2);
});

it('what was spent is that of the account that knows most', async () => {
  const campaign = `${run}-spent`;
  const outbox = await bus.outbox();
  const account = (next: number, billed_micros: number): Account => {
    const day = { day: '2026-11-27', currency: 'EUR', billed: next, unbilled_micros: 0, unbilled: 0 };
    return { v: 1, campaign, next, from: 0, clock_ms: 1, days: [{ ...day, billed_micros }] };
  };
  for (const each of [account(2, 700_000), account(1, 300_000)]) {
    await outbox.publish('ads.ledger', { key: campaign, value: JSON.stringify(each) });
  }
  await outbox.stop();
  const { spend } = await printed<{ spend: unknown[] }>(() => printSpend(config, { campaign, json: true }));
  expect(spend).toEqual([{ campaign, daily_micros: null, ...account(2, 700_000).days[0] }]);
});
