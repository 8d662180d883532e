import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { retrainAndTell } from '../../../cli/learning/retraining.ts';
import { createLog } from '../../../schemas/log.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { routeLogs } from '../../../workflows/worker/runtime-log.ts';
import { testServer } from '../../workflows/test-server.ts';

let env: TestWorkflowEnvironment;
beforeAll(async () => {
  routeLogs(createLog('test', 'silent'));
  env = await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: testServer() } });
});
afterAll(() => env?.teardown());

/** A way to Temporal that can be cut, as when its server is stopped. */
async function wayTo(target: string) {
  const [host, port] = target.split(':');
  const open = new Set<net.Socket>();
  const server = net.createServer(near => {
    const far = net.connect(Number(port), host);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
    }
    near.pipe(far).on('close', () => near.destroy());
    far.pipe(near).on('close', () => far.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    address: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    open: () => open.size,
    cut() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

it('who stops waiting for a retraining asks nothing more, also while Temporal stops: nothing throws behind him', async () => {
  const way = await wayTo(env.address);
  const thrown: unknown[] = [];
  const note = (error: unknown) => thrown.push(error);
  process.on('uncaughtException', note);
  try {
    const config = { ...readConfig({}, {}), temporal: way.address, temporalNamespace: 'default' };
    const stopping = new AbortController();
    const said: string[] = [];
    const told = retrainAndTell(
      config,
      { surface: 'home', seed: 1, reason: 'a test' },
      words => said.push(words),
      stopping.signal,
    );
    const ended = expect(told).rejects.toThrow(/abort/i);
    await vi.waitUntil(() => said.length > 0, { timeout: 20_000 });
    stopping.abort();
    way.cut();
    await ended;
    await sleep(2_000); // what is tried again comes within the first second, and then throws
    expect(way.open()).toBe(0);
    expect(thrown).toEqual([]);
  } finally {
    process.off('uncaughtException', note);
    way.cut();
  }
});

it('who waits for a retraining goes on waiting while Temporal is away, and says so', async () => {
  const way = await wayTo(env.address);
  try {
    const config = { ...readConfig({}, {}), temporal: way.address, temporalNamespace: 'default' };
    const stopping = new AbortController();
    const said: string[] = [];
    const about = { surface: 'search', seed: 1, reason: 'a test' } as const;
    const told = retrainAndTell(config, about, words => said.push(words), stopping.signal);
    let isOver = false;
    const ended = expect(told.finally(() => (isOver = true))).rejects.toThrow(/abort/i);
    await vi.waitUntil(() => said.length > 0, { timeout: 20_000 });
    way.cut();
    await vi.waitUntil(() => said.some(words => words.includes('does not answer')), { timeout: 60_000 });
    await sleep(1_000);
    expect(isOver).toBe(false);
    stopping.abort();
    await ended;
  } finally {
    way.cut();
  }
});
