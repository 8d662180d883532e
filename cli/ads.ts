import { localTime } from '../models/ads/schedule.ts';
import { TemperError } from '../schemas/errors.ts';
import { LIMITS } from '../schemas/limits.ts';
import { readBounded } from '../schemas/settings/bounded-file.ts';
import type { Config } from '../schemas/settings/config.ts';
import { Campaign, type DaySpend } from '../schemas/topics/ads.ts';
import { accountsOn, campaignsOn } from '../streams/ads/books.ts';
import type { Bus } from '../streams/kafka/bus.ts';
import { printResult, table } from './output.ts';
import { withClient } from './stack/endpoints.ts';

export async function printCampaigns(config: Config, { json }: { json?: boolean }): Promise<void> {
  const campaigns = [...(await withClient(config, ({ bus }) => campaignsOn(bus))).values()];
  printResult({ campaigns }, json, () =>
    campaigns.length === 0
      ? 'there are no campaigns'
      : table([
          ['CAMPAIGN', 'STATUS', 'ITEMS', 'BID', 'PER', 'BUDGET A DAY', 'CURRENCY', 'CAP'],
          ...campaigns.map(({ campaign, status, items, bid_micros, pays_for, daily_micros, currency, cap }) => [
            campaign,
            status,
            String(items.length),
            money(bid_micros),
            pays_for,
            money(daily_micros),
            currency,
            cap ? `${cap.most} in ${cap.hours} h` : '',
          ]),
        ]),
  );
}

/** Publishes the campaigns of a file: a JSON object, an array of them, or one a line. All are checked before any is sent. */
export async function putCampaigns(config: Config, file: string, { json }: { json?: boolean }): Promise<void> {
  const campaigns = objectsIn(file).map((object, n) => checked(object, `${file}, campaign ${n + 1}`));
  await withClient(config, ({ bus }) => publish(bus, campaigns));
  printResult({ campaigns: campaigns.length }, json, () => `${campaigns.length} campaigns published`);
}

/** Publishes a campaign as it is, but for its status. */
export async function setStatus(
  config: Config,
  name: string,
  status: Campaign['status'],
  { json }: { json?: boolean },
): Promise<void> {
  const changed = await withClient(config, async ({ bus }) => {
    const known = (await campaignsOn(bus)).get(name);
    if (!known) {
      const next = '`temper campaigns list` names those that there are';
      throw new TemperError('INPUT_INVALID', { where: 'shop.campaigns', expected: 'a campaign', got: name, next });
    }
    const campaign = { ...known, status, at_ms: Date.now() };
    await publish(bus, [campaign]);
    return campaign;
  });
  printResult(changed, json, () => `${name} is ${status}`);
}

/** What campaigns have spent, by their days, from the ledger. */
export async function printSpend(config: Config, { campaign, json }: { campaign?: string; json?: boolean }) {
  const { accounts, campaigns } = await withClient(config, async ({ bus }) => ({
    accounts: await accountsOn(bus),
    campaigns: await campaignsOn(bus),
  }));
  const now_ms = Date.now();
  const spend = [...accounts.values()]
    .filter(account => campaign === undefined || account.campaign === campaign)
    .flatMap(account =>
      account.days.map(day => {
        const { zone = 'UTC', daily_micros = null } = campaigns.get(account.campaign) ?? {};
        const isToday = localTime(zone, now_ms).day === day.day;
        return { campaign: account.campaign, ...day, daily_micros: isToday ? daily_micros : null };
      }),
    )
    .sort((a, b) => (a.campaign === b.campaign ? (a.day < b.day ? 1 : -1) : a.campaign < b.campaign ? -1 : 1));
  printResult({ spend }, json, () =>
    spend.length === 0
      ? 'nothing has been charged yet'
      : table([
          ['CAMPAIGN', 'DAY', 'SPENT', 'OF', 'CURRENCY', 'CHARGES', 'GIVEN AWAY', 'WORTH'],
          ...spend.map(each => [each.campaign, each.day, ...cellsOf(each, each.daily_micros)]),
        ]),
  );
}

function cellsOf(day: DaySpend, daily_micros: number | null): string[] {
  const { billed_micros, billed, unbilled, unbilled_micros, currency } = day;
  const budget = daily_micros === null ? '' : money(daily_micros);
  return [money(billed_micros), budget, currency, String(billed), String(unbilled), money(unbilled_micros)];
}

/** Of micros, units with the digits that are there: at least two. */
export function money(micros: number): string {
  const [units, digits] = (micros / 1e6).toFixed(6).split('.') as [string, string];
  return `${units}.${digits.slice(0, 2)}${digits.slice(2).replace(/0+$/, '')}`;
}

async function publish(bus: Bus, campaigns: readonly Campaign[]): Promise<void> {
  const outbox = await bus.outbox({ allowed: ['shop.campaigns'] });
  try {
    await Promise.all(
      campaigns.map(each => outbox.publish('shop.campaigns', { key: each.campaign, value: JSON.stringify(each) })),
    );
  } finally {
    await outbox.stop();
  }
}

function checked(object: unknown, where: string): Campaign {
  const filled = typeof object === 'object' && object !== null ? { v: 1, at_ms: Date.now(), ...object } : object;
  const parsed = Campaign.safeParse(filled);
  if (parsed.success) return parsed.data;
  const got = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'record'}: ${message}`).join('; ');
  throw new TemperError('INPUT_INVALID', { where, got });
}

function textOf(file: string): string {
  try {
    return readBounded(file, LIMITS.campaigns_file_bytes).toString('utf8');
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where: file, expected: 'a file with campaigns', cause });
  }
}

function objectsIn(file: string): unknown[] {
  const text = textOf(file);
  try {
    const whole: unknown = JSON.parse(text);
    return Array.isArray(whole) ? whole : [whole];
  } catch {
    return text.split('\n').flatMap((line, n) => (line.trim() === '' ? [] : [lineOf(line, `${file}, line ${n + 1}`)]));
  }
}

function lineOf(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where, expected: 'a campaign as a JSON object', cause });
  }
}
