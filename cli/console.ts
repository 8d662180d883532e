import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { linksOf, openConsole, type RunningConsole } from '../console/console.ts';
import { tokensOf } from '../console/server/tokens.ts';
import { TemperError } from '../schemas/errors.ts';
import { createLog } from '../schemas/log.ts';
import type { Config } from '../schemas/settings/config.ts';
import { onAskedToStop } from './asked-to-stop.ts';
import { printResult, progress, table } from './output.ts';
import { findEndpoints } from './stack/endpoints.ts';

export interface ConsoleOptions {
  links?: boolean;
  newTokens?: boolean;
  json?: boolean;
}

/** Where a console of this data directory listens: whoever asks for its links is told the same address. */
const addressFile = (config: Config) => path.join(config.dataDir, 'console.address');

/** The console as this process, until it is asked to stop. Where a launcher started it, that is told the links. */
export async function runConsole(config: Config, { links, newTokens, json }: ConsoleOptions): Promise<number> {
  const tokens = await tokensOf(config.dataDir, newTokens);
  if (links) {
    const address = await readFile(addressFile(config), 'utf8').catch(() => {
      progress('no console runs on this data directory now; the next one is to be found there');
      return `http://${config.console}`;
    });
    const found = linksOf(config.consoleOrigin ?? address.trim(), tokens);
    printResult({ address: address.trim(), links: found }, json, () => told(found));
    return 0;
  }
  if (config.console === 'none') {
    const next = 'Say where it is to listen, such as TEMPER_CONSOLE=127.0.0.1:7433';
    throw new TemperError('CONFIG_INVALID', { where: 'TEMPER_CONSOLE', expected: 'host:port', got: 'none', next });
  }
  const endpoints = await findEndpoints(config);
  const stopping = new AbortController();
  const asked = new Promise<void>(resolve => {
    const stop = () => {
      stopping.abort();
      resolve();
    };
    onAskedToStop(stop);
    if (process.send) process.once('disconnect', stop);
  });
  const log = createLog('console', config.log === 'info' ? 'warn' : config.log);
  let running: RunningConsole | undefined;
  try {
    running = await openConsole({ config, endpoints, log, progress, signal: stopping.signal });
    const { address, links } = running;
    await writeFile(addressFile(config), address);
    if (process.send) process.send({ address, link: links.operator });
    else printResult({ address, links }, json, () => told(links));
    await asked;
  } finally {
    if (running) await rm(addressFile(config), { force: true });
    await running?.stop();
    if (process.connected) process.disconnect(); // or this process, waiting to hear of its launcher's end, would never end
  }
  return 0;
}

function told({ viewer, operator }: { viewer: string; operator: string }): string {
  return table([
    ['to look', viewer],
    ['to look and decide', operator],
  ]);
}
