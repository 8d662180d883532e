import type { Browser, CDPSession, Page } from 'playwright-core';
import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { TemperError } from '../../schemas/errors.ts';
import { chromiumHere, openBrowser, openPage, SHOWS, type SIZES } from '../../test/console/browser.ts';
import { openShowroom, type Showroom, trainInShowroom } from '../../test/console/showroom.ts';
import { withEmbedded } from '../embedded.ts';
import { runEvaluation, wholeNumber } from '../options.ts';

const HELP = `Usage: npm run --silent bench:console -- [options]

How long the console's pages take until what they are for is there, in the Chromium of this machine: as a desktop, and as a
middling phone whose processor is four times as slow, by a network of 1.6 Mbit/s and 150 ms. First with nothing in the
browser's cache, then again. Nothing else should run meanwhile.

Options:
  --rounds N   of which the median is told (default 3)
  --json       one JSON object on standard output
  --help       this text

Example:
  npm run --silent bench:console -- --rounds 5`;

/** As Lighthouse has a phone (https://github.com/GoogleChrome/lighthouse, docs/throttling.md). */
const PHONE = {
  cpu: 4,
  network: { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 750e3 / 8 },
};

interface Visit {
  shown_ms: number;
  kilobytes: number;
}

await runEvaluation(
  {
    help: HELP,
    options: z.object({ rounds: wholeNumber('rounds', 1).default(3), json: z.boolean().default(false) }),
  },
  async ({ rounds, json }) => {
    const executable = chromiumHere();
    if (!executable)
      throw new TemperError('CONFIG_INVALID', {
        where: 'PATH',
        expected: 'a Chromium',
        next: 'Install one: apt-get install chromium',
      });
    const rows = await withEmbedded(async ({ config }) => {
      const { kafka, temporal, clickhouse } = config;
      const endpoints = { kafka: kafka!, temporal: temporal!, clickhouse: clickhouse!, temporalUi: undefined };
      const room = await openShowroom(endpoints);
      const client = await trainInShowroom(room);
      const browser = await openBrowser(executable);
      try {
        return await measure(browser, room, rounds);
      } finally {
        await browser.close();
        await client.close();
        await room.clear();
      }
    });
    printResult({ rounds, rows }, json, () =>
      table([
        ['PAGE', 'ON A', 'FIRST, MS', 'KB', 'AGAIN, MS', 'KB'],
        ...rows.map(({ page, size, first, again }) => [
          page,
          size,
          ...[first, again].flatMap(({ shown_ms, kilobytes }) => [String(shown_ms), String(kilobytes)]),
        ]),
      ]),
    );
  },
);

async function measure(browser: Browser, room: Showroom, rounds: number) {
  const rows: { page: string; size: keyof typeof SIZES; first: Visit; again: Visit }[] = [];
  for (const size of ['desktop', 'phone'] as const) {
    for (const [name, shows] of Object.entries(SHOWS)) {
      progress(`${name} on a ${size}`);
      const visits: { first: Visit; again: Visit }[] = [];
      for (let round = 0; round < rounds; round++) {
        const { page } = await openPage(browser, { size, scheme: 'light' }, room.console.address);
        const devtools = await page.context().newCDPSession(page);
        await page.goto(room.console.links.viewer); // signs in; the cookie stays
        await page.waitForSelector('nav');
        if (size === 'phone') await slowDown(devtools);
        await devtools.send('Network.clearBrowserCache');
        const visit = () => shownAfter(page, `${room.console.address}/#/${name}`, shows);
        visits.push({ first: await visit(), again: await visit() });
        await page.context().close();
      }
      const median = (of: 'first' | 'again'): Visit => {
        const inOrder = visits.map(each => each[of]).toSorted((a, b) => a.shown_ms - b.shown_ms);
        return inOrder[Math.floor(inOrder.length / 2)]!;
      };
      rows.push({ page: name, size, first: median('first'), again: median('again') });
    }
  }
  return rows;
}

async function slowDown(devtools: CDPSession): Promise<void> {
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', PHONE.network);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: PHONE.cpu });
}

/** Opens a page as from nowhere. */
async function shownAfter(page: Page, url: string, shows: string): Promise<Visit> {
  await page.goto('about:blank');
  const began = performance.now();
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForSelector(shows);
  const shown_ms = Math.round(performance.now() - began);
  const bytes = await page.evaluate<number>(
    `performance.getEntries().reduce((sum, { transferSize = 0 }) => sum + transferSize, 0)`,
  );
  return { shown_ms, kilobytes: Math.round(bytes / 1_000) };
}
