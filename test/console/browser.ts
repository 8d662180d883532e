import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** The Chromium of this machine, or nothing: none is fetched. */
export function chromiumHere(): string | undefined {
  const places = (process.env.PATH ?? '').split(path.delimiter);
  return NAMES.flatMap(name => places.map(place => path.join(place, name))).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const openBrowser = (executablePath: string): Promise<Browser> =>
  // A container has no user namespaces for the sandbox, and little shared memory.
  chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] });

export const SIZES = {
  desktop: { width: 1_440, height: 900 },
  phone: { width: 390, height: 844 },
} as const;

/** By page what is there once it has asked for what it shows; the picture of now has some seconds to show. */
export const SHOWS = {
  now: '.node.job.well >> nth=3',
  lists: '.items img >> nth=3',
  models: '.model.champion',
  training: '.curve canvas',
  health: '.reliability',
  letters: '.letter',
  ads: '.meter',
  answers: '.question',
} as const;

export interface Look {
  size: keyof typeof SIZES;
  scheme: 'light' | 'dark';
}

/** A page that notes what it should not do: fail, break the policy of its contents, ask another server. */
export async function openPage(
  browser: Browser,
  { size, scheme }: Look,
  origin: string,
): Promise<{ page: Page; wrong: string[] }> {
  const context = await browser.newContext({
    viewport: SIZES[size],
    colorScheme: scheme,
    isMobile: size === 'phone',
    hasTouch: size === 'phone',
    deviceScaleFactor: size === 'phone' ? 2 : 1,
  });
  context.setDefaultTimeout(300_000); // of a machine with other work, as other long tests have it
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on('pageerror', error => wrong.push(`error: ${error.message}`));
  page.on('console', message => {
    // What is refused on purpose is told there too.
    if (message.type() === 'error' && !/status of (400|401|409)/.test(message.text()))
      wrong.push(`console: ${message.text()}`);
  });
  page.on('request', request => {
    if (!request.url().startsWith(`${origin}/`)) wrong.push(`asked ${request.url()}`);
  });
  return { page, wrong };
}
