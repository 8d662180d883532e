import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { writeWhole } from '../../models/whole-file.ts';
import { TemperError } from '../../schemas/errors.ts';
import type { Report } from '../report.ts';
import { type Phase, readiness } from './health.ts';
import { Metrics } from './registry.ts';

/** Processes of one machine take ports one after the other. */
const MAX_PORTS = 100;

export interface Endpoint {
  /** host:port. */
  address: string;
  metrics: Metrics;
  phase(phase: Phase): void;
  stop(): Promise<void>;
}

/**
 * `/metrics`, `/livez` and `/readyz` of a job's process. Where Prometheus finds it is told in `DIRECTORY/PORT.json`, as
 * file_sd_config takes it (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config).
 */
export async function openEndpoint(
  report: Report,
  { host, port }: { host: string; port: number },
  directory: string,
): Promise<Endpoint> {
  let phase: Phase = 'starting';
  const metrics = new Metrics(report, () => readiness(report, phase, Date.now()).ok);
  const server = createServer(async (request, response) => {
    const route = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'text/plain', 'GET\n');
    // An event loop that hangs answers nothing: whoever asks gives up, which is the answer.
    if (route === '/livez') return told(response, { ok: true, checks: { loop: { ok: true, says: 'turns' } } });
    if (route === '/readyz') return told(response, readiness(report, phase, Date.now()));
    if (route !== '/metrics') return answer(response, 404, 'text/plain', '/metrics, /livez, /readyz\n');
    return answer(response, 200, metrics.contentType, await metrics.text());
  });
  const at = await listen(server, host, port);
  const file = path.join(directory, `${at}.json`);
  const address = `${host.includes(':') ? `[${host}]` : host}:${at}`;
  const found = JSON.stringify([{ targets: [address], labels: { temper_job: report.job } }]);
  await writeWhole(file, [Buffer.from(found)]);
  return {
    address,
    metrics,
    phase: now => {
      phase = now;
    },
    async stop() {
      await rm(file, { force: true });
      server.closeAllConnections();
      await new Promise(done => server.close(done));
    },
  };
}

function told(response: ServerResponse, health: ReturnType<typeof readiness>): void {
  answer(response, health.ok ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`);
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

/** The port that was wanted, or the next one that is free. */
async function listen(server: Server, host: string, wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + MAX_PORTS && port < 65_536; port++) {
    try {
      await once(server.listen({ port, host }), 'listening'); // takes its listeners away, also where it fails
      return (server.address() as AddressInfo).port;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      throw new TemperError('UNREACHABLE', { where: `TEMPER_METRICS ${host}:${port}`, cause });
    }
  }
  throw new TemperError('PORT_TAKEN', {
    where: `TEMPER_METRICS ${host}:${wanted}`,
    expected: `one of ${MAX_PORTS} ports to be free`,
    next: 'Choose another, or `none`',
  });
}
