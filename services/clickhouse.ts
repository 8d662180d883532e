import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { TemperError } from '../schemas/errors.ts';
import { signsInByCertificate } from '../schemas/settings/connections.ts';
import { readPem, requireSecure, type Tls } from '../schemas/settings/tls.ts';
import { install, runStep } from './install.ts';
import { keepOnce } from './process/keep.ts';
import { startProgram } from './process/program.ts';
import { fetchText, PATIENCE_MS, SILENT } from './process/reach.ts';
import { type Context, elsewhere, type Service } from './service.ts';
import { requireTool } from './tools.ts';

const VERSION = '26.7.3-stable.1';
const LIBRARY = '@chdb/lib-linux-x64-gnu';
const INTEGRITY = 'sha512-XP97mMqnc5tZpKQywR8N7cLTsHNiTmHr30pC5mzo3jWmukjKn2IBa60c2B/gWUNcuFjOMjWoorQICCqBVj5wpw==';
export const CLICKHOUSE_PACKAGE = `clickhouse-${VERSION}`;

const USER = 'temper';

/**
 * ClickHouse as configured, or a server of our own on loopback; its endpoint is a URL with user and password.
 *
 * Our own is the whole engine as a library in a child process (clickhouse.child.mjs), with its real HTTP server:
 * the rest of Temper cannot tell it from a cluster.
 */
export async function startClickhouse(context: Context): Promise<Service<string>> {
  if (context.config.clickhouse) return reachClickhouse(context.config.clickhouse, context.config.clickhouseTls);

  const library = await findLibrary(context);
  await mkdir(context.directory, { recursive: true });
  const password = keepOnce(path.join(context.directory, 'password'), () => randomBytes(24).toString('hex'));
  const port = await getPort({ host: '127.0.0.1', reserve: true });
  await writeFile(path.join(context.directory, 'config.xml'), configXml(port));
  await writeFile(path.join(context.directory, 'users.xml'), usersXml(password, context.config.clickhouseDatabase));

  const url = `http://${USER}:${password}@127.0.0.1:${port}`;
  const child = fileURLToPath(new URL('clickhouse.child.mjs', import.meta.url));
  const running = await startProgram(
    context,
    { command: process.execPath, args: [child, library, 'config.xml'], endsBy: 'end of input', background: true },
    async () => (await ask(url))?.status === 200,
  );
  return { endpoint: url, stop: running.stop, died: running.died };
}

export function configXml(port: number): string {
  return `<clickhouse>
  <path>data</path>
  <users_config>users.xml</users_config>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${port}</http_port>
  <logger><level>warning</level></logger>
  <access_control_improvements>
    <select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
    <enable_read_write_grants>true</enable_read_write_grants>
  </access_control_improvements>
</clickhouse>
`;
}

/**
 * Two users. `temper` owns the databases whose names begin with the configured one, and can reach no file, no
 * other server and no user. `default` is the one under which the engine runs its two start queries, always and without
 * a password; its quota is spent by them, so nobody else can be it.
 */
export function usersXml(password: string, database: string): string {
  const hash = createHash('sha256').update(password).digest('hex');
  const grants = [
    `GRANT ${OWNED.join(', ')} ON ${database}*.*`,
    ...ENGINES.map(engine => `GRANT TABLE ENGINE ON ${engine}`),
    'GRANT SELECT ON system.*',
    'GRANT SELECT ON INFORMATION_SCHEMA.*',
    // Needed for table functions that read nothing from outside, such as numbers() and input().
    'GRANT CREATE TEMPORARY TABLE ON *.*',
  ];
  return `<clickhouse>
  <profiles><default/></profiles>
  <quotas>
    <default/>
    <start>
      <interval><duration>2000000000</duration><queries>2</queries></interval>
    </start>
  </quotas>
  <users>
    <default>
      <no_password/>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>start</quota>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT READ ON FILE</query>
        <query>GRANT CREATE TEMPORARY TABLE ON *.*</query>
      </grants>
    </default>
    <${USER}>
      <password_sha256_hex>${hash}</password_sha256_hex>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>
${grants.map(grant => `        <query>${grant}</query>`).join('\n')}
      </grants>
    </${USER}>
  </users>
</clickhouse>
`;
}

const OWNED = [
  ...['SHOW', 'SELECT', 'INSERT', 'ALTER', 'DROP', 'TRUNCATE', 'OPTIMIZE', 'UNDROP TABLE', 'dictGet'],
  ...['CREATE DATABASE', 'CREATE TABLE', 'CREATE VIEW', 'CREATE DICTIONARY'],
];

const ENGINES = [
  ...['MergeTree', 'ReplacingMergeTree', 'SummingMergeTree', 'AggregatingMergeTree', 'CollapsingMergeTree'],
  ...['VersionedCollapsingMergeTree', 'Memory', 'Null', 'Buffer', 'Join', 'Set'],
];

export async function reachClickhouse(url: string, tls?: Tls): Promise<Service<string>> {
  const { host, port, protocol } = new URL(url);
  if (tls && protocol === 'https:') await requireSecure(port === '' ? `${host}:443` : host, tls);
  const answer = await ask(url, tls, PATIENCE_MS);
  if (answer?.status === 200) return elsewhere(url);
  const where = `TEMPER_CLICKHOUSE=${url.replace(/:[^:@/]*@/, ':***@')}`;
  const got = answer ? `status ${answer.status}, ${answer.text.slice(0, 200).trim()}` : `no connection, or ${SILENT}`;
  if (answer && /AUTHENTICATION_FAILED|REQUIRED_PASSWORD|WRONG_PASSWORD/.test(answer.text)) {
    const next = 'Correct user and password, in the URL or in TEMPER_CLICKHOUSE_USER and TEMPER_CLICKHOUSE_PASSWORD';
    throw new TemperError('CREDENTIALS_REFUSED', { where, expected: 'a user who may log in', got, next });
  }
  throw new TemperError('UNREACHABLE', {
    where,
    expected: "ClickHouse's HTTP interface, and a user that may log in",
    got,
    next: 'Start the server or correct the URL; unset TEMPER_CLICKHOUSE to use a server of its own',
  });
}

/** Asks for 1, as the user of the URL. */
async function ask(url: string, tls?: Tls, within_ms?: number): Promise<{ status: number; text: string } | undefined> {
  const { origin, username, password } = new URL(url);
  const user = decodeURIComponent(username) || 'default';
  const headers = signsInByCertificate(url, tls)
    ? { 'x-clickhouse-user': user, 'x-clickhouse-ssl-certificate-auth': 'on' }
    : { authorization: `Basic ${Buffer.from(`${user}:${decodeURIComponent(password)}`).toString('base64')}` };
  return fetchText(`${origin}/?query=SELECT%201`, headers, tls && readPem(tls), within_ms);
}

async function findLibrary(context: Context): Promise<string> {
  const platform = `${process.platform}-${process.arch}`;
  if (platform !== 'linux-x64' || !hasGlibc()) {
    throw new TemperError('TOOL_MISSING', {
      expected: 'Linux on x64 with glibc, for which the ClickHouse library is made',
      got: hasGlibc() ? platform : `${platform} without glibc`,
      next: 'Run ClickHouse in its own way and set TEMPER_CLICKHOUSE to its URL',
    });
  }
  const directory = await install(context, {
    id: CLICKHOUSE_PACKAGE,
    what: 'ClickHouse 26.7 from npm (543 MB on disk)',
    async fill(draft) {
      await requireTool('npm', 'the installation of ClickHouse');
      await writeFile(
        path.join(draft, 'package.json'),
        JSON.stringify({ private: true, dependencies: { [LIBRARY]: VERSION } }),
      );
      await writeFile(path.join(draft, 'package-lock.json'), JSON.stringify(LOCK));
      // Like every code from elsewhere it is taken by its hash, and may run no script when it is installed.
      await runStep(context, draft, 'npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
    },
  });
  return path.join(directory, 'node_modules', LIBRARY, 'libchdb.so');
}

function hasGlibc(): boolean {
  const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return process.platform !== 'linux' || report.header?.glibcVersionRuntime !== undefined;
}

const LOCK = {
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': { dependencies: { [LIBRARY]: VERSION } },
    [`node_modules/${LIBRARY}`]: { version: VERSION, integrity: INTEGRITY },
  },
};
