import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runConsole } from '../../cli/console.ts';
import { tokensFile } from '../../console/server/tokens.ts';
import { readConfig } from '../../schemas/settings/config.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'temper-console-links-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const config = (more: Record<string, string> = {}) => readConfig({}, { TEMPER_DATA: directory, ...more });

async function links(options: { newTokens?: boolean } = {}, more: Record<string, string> = {}) {
  let text = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(part => {
    text += part;
    return true;
  });
  const code = await runConsole(config(more), { links: true, json: true, ...options }).finally(() =>
    write.mockRestore(),
  );
  expect(code).toBe(0);
  return (JSON.parse(text) as { links: { viewer: string; operator: string } }).links;
}

it('links are the same each time, until new tokens are asked for', async () => {
  const first = await links();
  expect(first.viewer).toMatch(/^http:\/\/127\.0\.0\.1:7433\/#token=[\w-]{43}$/);
  expect(first.operator).not.toBe(first.viewer);
  expect(await links()).toEqual(first);
  expect((await stat(tokensFile(directory))).mode & 0o777).toBe(0o600);
  const renewed = await links({ newTokens: true });
  expect(Object.values(renewed)).not.toContain(first.viewer);
  expect(Object.values(renewed)).not.toContain(first.operator);
});

it('links go to the proxy that shows the console to others, and to where it was told to listen', async () => {
  const proxied = await links({}, { TEMPER_CONSOLE_ORIGIN: 'https://temper.example/' });
  expect(proxied.viewer).toMatch(/^https:\/\/temper\.example\/#token=/);
  const moved = await links({}, { TEMPER_CONSOLE: 'localhost:9000' });
  expect(moved.viewer).toMatch(/^http:\/\/localhost:9000\/#/);
});

it('nothing but loopback is listened on, and TLS is what a proxy has', () => {
  for (const place of ['0.0.0.0:7433', '10.0.0.1:80', 'example.com:80', '127.0.0.1']) {
    expect(() => config({ TEMPER_CONSOLE: place }), place).toThrow(/CONFIG_INVALID.*TEMPER_CONSOLE: /s);
  }
  expect(() => config({ TEMPER_CONSOLE_ORIGIN: 'http://temper.example' })).toThrow(/TEMPER_CONSOLE_ORIGIN/);
});

it('a console that was switched off says how to have one', async () => {
  await expect(runConsole(config({ TEMPER_CONSOLE: 'none' }), {})).rejects.toThrow(/CONFIG_INVALID.*TEMPER_CONSOLE/s);
});
