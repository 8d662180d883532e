import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { TemporalClient } from '../../workflows/clients/client.ts';
import { chromiumHere, type Look, openBrowser, openPage, SHOWS } from './browser.ts';
import { openShowroom, type Showroom, trainInShowroom } from './showroom.ts';

/** Each run leaves its own here, to be looked at. */
const SCREENSHOTS = path.join(import.meta.dirname, 'screenshots');
const executable = chromiumHere();
if (!executable) console.error('no Chromium is here: the pages are not looked at (apt-get install chromium)');

describe.skipIf(!executable)('the pages in a real browser', () => {
  let room: Showroom;
  let temporal: TemporalClient;
  let browser: Browser;
  beforeAll(async () => {
    room = await openShowroom(inject('endpoints'));
    temporal = await trainInShowroom(room);
    browser = await openBrowser(executable!);
    await mkdir(SCREENSHOTS, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await temporal?.close();
    await room?.clear();
  });

  const opened = async (look: Look, role: 'viewer' | 'operator') => {
    const { page, wrong } = await openPage(browser, look, room.console.address);
    await page.goto(room.console.links[role]);
    await page.waitForSelector('nav');
    return { page, wrong };
  };

  it.each([
    { size: 'desktop', scheme: 'light' },
    { size: 'desktop', scheme: 'dark' },
    { size: 'phone', scheme: 'light' },
    { size: 'phone', scheme: 'dark' },
  ] as const)('show all that there is, on a $size by $scheme, and ask nobody else', async look => {
    const { page, wrong } = await opened(look, 'operator');
    expect(page.url(), 'the token is gone from the address').not.toContain('token');
    for (const [name, shows] of Object.entries(SHOWS)) {
      await page.goto(`${room.console.address}/#/${name}`);
      await page.waitForSelector(shows);
      if (name === 'now') await page.waitForTimeout(7_000);
      if (name === 'lists') await page.getByText('Why in this order?').first().click();
      if (name === 'lists') await page.waitForTimeout(800);
      if (name === 'answers') await page.locator('.question summary', { hasText: 'engrave' }).click();
      await page.waitForTimeout(250);
      await page.screenshot({
        path: path.join(SCREENSHOTS, `${name}-${look.size}-${look.scheme}.png`),
        fullPage: true,
      });
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect(overflow, `${name} is as wide as the screen`).toBeLessThanOrEqual(0);
    }
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it('go by the keyboard alone: from link to link, through the graph, and through a decision', async () => {
    const { page, wrong } = await opened({ size: 'desktop', scheme: 'light' }, 'operator');
    await tabTo(page, 'a', 'Models');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.model.champion');
    await tabTo(page, 'button', 'Approve');
    await page.keyboard.press('Enter');
    await page.waitForSelector('dialog[open]');
    await page.screenshot({ path: path.join(SCREENSHOTS, 'decision-desktop-light.png') });
    await page.keyboard.type('anna');
    await page.keyboard.press('Tab');
    await page.keyboard.type('looked at its lists');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.notice.good');
    // The challenger is on trial from here on.
    await page.waitForSelector('.stages .current');
    await page.waitForTimeout(1_500);
    await page.screenshot({ path: path.join(SCREENSHOTS, 'trial-desktop-light.png') });
    await tabTo(page, 'a', 'Now');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.node.job.well');
    await tabTo(page, '.node', 'scorer');
    await page.keyboard.press('Enter');
    expect(await page.locator('.details h3').textContent()).toBe('scorer');
    await page.waitForTimeout(800);
    await page.screenshot({ path: path.join(SCREENSHOTS, 'chosen-desktop-light.png') });
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it('let a viewer look and not decide, and nobody in with a wrong token', async () => {
    const { page } = await opened({ size: 'phone', scheme: 'light' }, 'viewer');
    await page.goto(`${room.console.address}/#/models`);
    await page.waitForSelector('.model.champion');
    expect(await page.locator('.decisions').count()).toBe(0);
    await page.context().close();
    const { page: other } = await openPage(browser, { size: 'phone', scheme: 'dark' }, room.console.address);
    await other.goto(`${room.console.address}/#token=wrong`);
    await other.waitForSelector('.failure');
    await other.screenshot({ path: path.join(SCREENSHOTS, 'sign-in-phone-dark.png') });
    await other.context().close();
  });

  it('show what is hostile as text', async () => {
    const { page, wrong } = await opened({ size: 'desktop', scheme: 'light' }, 'viewer');
    await page.goto(`${room.console.address}/#/letters`);
    await page.locator('.letter summary', { hasText: 'unknown type' }).click();
    expect(await page.locator('.letter[open] pre').textContent()).toContain('<script>alert(1)</script>');
    await page.goto(`${room.console.address}/#/answers`);
    await page.locator('.question summary', { hasText: 'Ignore your rules' }).click();
    expect(await page.locator('.question[open] summary').textContent()).toContain('<script>alert(1)</script>');
    expect(wrong).toEqual([]);
    await page.context().close();
  });

  it('show a person what was said before he takes over, by outcome, by intent and by user', async () => {
    const { page, wrong } = await opened({ size: 'desktop', scheme: 'light' }, 'viewer');
    await page.goto(`${room.console.address}/#/answers`);
    await page.getByRole('button', { name: 'handed over' }).click();
    await expect.poll(() => page.locator('.question').count()).toBe(2);
    await page.locator('.question summary', { hasText: 'engrave' }).click();
    const turns = await page.locator('.question[open] .conversation li p:first-child').allTextContents();
    expect(turns).toEqual(['Do you deliver to post office boxes?', 'Where is my last order?']);
    await page.locator('.question[open] button.link').click();
    await expect.poll(() => page.locator('.question').count()).toBe(1);
    expect(page.url(), 'whose questions are looked at stands in no address').not.toContain('anna');
    expect(wrong).toEqual([]);
    await page.context().close();
  });
});

/** Presses Tab until the thing that has the focus is this one. */
async function tabTo(page: Page, selector: string, name: string): Promise<void> {
  for (let presses = 0; presses < 120; presses++) {
    await page.keyboard.press('Tab');
    const isIt = await page.evaluate(
      ([selector, name]) => {
        const at = (
          globalThis as unknown as {
            document: { activeElement: { matches(s: string): boolean; textContent: string | null } | null };
          }
        ).document.activeElement;
        return Boolean(at?.matches(selector!) && at.textContent?.trim().startsWith(name!));
      },
      [selector, name],
    );
    if (isIt) return;
  }
  throw new Error(`Tab never comes to ${name}`);
}
