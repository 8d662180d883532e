import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Endpoint, openEndpoint } from '../../../streams/observe/endpoint.ts';
import { Report } from '../../../streams/report.ts';

let directory: string;
const open: Endpoint[] = [];
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'metrics-'));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map(endpoint => endpoint.stop()));
  await rm(directory, { recursive: true });
});

async function endpointOf(report: Report, port = 0): Promise<Endpoint> {
  const endpoint = await openEndpoint(report, { host: '127.0.0.1', port }, path.join(directory, 'metrics'));
  open.push(endpoint);
  return endpoint;
}
const get = (endpoint: Endpoint, route: string, init?: RequestInit) =>
  fetch(`http://${endpoint.address}${route}`, init);

describe("a job's endpoint", () => {
  it('tells metrics in the format of Prometheus', async () => {
    const report = new Report('outcomes', 'test');
    report.count('examples', 4);
    const response = await get(await endpointOf(report), '/metrics');
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await response.text()).toContain('temper_examples_total{temper_job="outcomes"} 4');
  });

  it('is alive from the beginning, and ready when the job is', async () => {
    const endpoint = await endpointOf(new Report('worker', 'test'));
    expect((await get(endpoint, '/livez')).status).toBe(200);
    const before = await get(endpoint, '/readyz');
    expect(before.status).toBe(503);
    expect(await before.json()).toEqual({ ok: false, checks: { started: { ok: false, says: 'starting' } } });
    endpoint.phase('running');
    expect((await get(endpoint, '/readyz')).status).toBe(200);
  });

  it('answers nothing else', async () => {
    const endpoint = await endpointOf(new Report('worker', 'test'));
    expect((await get(endpoint, '/metrics', { method: 'POST' })).status).toBe(405);
    expect((await get(endpoint, '/etc/passwd')).status).toBe(404);
  });

  it('takes the next port where one is taken, and tells Prometheus where each is, as long as it is', async () => {
    const first = await endpointOf(new Report('features', 'one'));
    const port = Number(first.address.split(':')[1]);
    const second = await endpointOf(new Report('scorer', 'two'), port);
    expect(second.address).not.toBe(first.address);
    const files = await readdir(path.join(directory, 'metrics'));
    const told = await Promise.all(
      files.map(async name => JSON.parse(await readFile(path.join(directory, 'metrics', name), 'utf8'))),
    );
    expect(told.flat()).toHaveLength(2);
    expect(told.flat()).toContainEqual({ targets: [second.address], labels: { temper_job: 'scorer' } });
    await second.stop();
    open.pop();
    expect(await readdir(path.join(directory, 'metrics'))).toEqual([`${port}.json`]);
  });

  it('of the twelfth job on a machine leaves no listener behind for each port that is taken', async () => {
    const warned: Error[] = [];
    const note = (warning: Error) => void warned.push(warning);
    process.on('warning', note);
    const first = await endpointOf(new Report('features', 'one'));
    const port = Number(first.address.split(':')[1]);
    for (let job = 0; job < 11; job++) await endpointOf(new Report('scorer', `${job}`), port);
    process.off('warning', note);
    expect(warned).toEqual([]);
  });
});
