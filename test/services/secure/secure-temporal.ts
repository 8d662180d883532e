/**
 * Temporal's server as operators run it: with TLS, certificates of clients, and keys of its own. The dev server, which is
 * the same code, takes none of these.
 */
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { readConfig } from '../../../schemas/settings/config.ts';
import { install, runStep } from '../../../services/install.ts';
import { startProgram } from '../../../services/process/program.ts';
import { accepts } from '../../../services/process/reach.ts';
import type { Context } from '../../../services/service.ts';
import type { Certificates } from './certificates.ts';

const VERSION = '1.32.0';

export interface SecureTemporal {
  address: string;
  /** A key that lets its owner do what these permissions say, such as `default:write`, until it expires. */
  key(permissions: readonly string[], expires_s?: number): string;
  stop(): Promise<void>;
}

export const hasGo = async () => !(await execa('go', ['version'], { reject: false })).failed;

/** Built from its Go module, once: about ten minutes on two cores, and 3 GB of Go's caches. */
async function findServer(context: Context): Promise<string> {
  const directory = await install(context, {
    id: `temporal-server-${VERSION}`,
    what: `Temporal's server ${VERSION} from its Go module, for tests`,
    fill: draft =>
      runStep(context, draft, 'env', [
        ...[`GOBIN=${draft}`, 'CGO_ENABLED=0', 'go', 'install', '-ldflags=-s -w'],
        `go.temporal.io/server/cmd/server@v${VERSION}`,
      ]),
  });
  return path.join(directory, 'server');
}

export async function startSecureTemporal(certificates: Certificates): Promise<SecureTemporal> {
  const directory = path.join(certificates.directory, 'temporal');
  const context: Context = {
    name: 'temporal',
    config: readConfig(),
    directory,
    logFile: path.join(certificates.directory, 'temporal.log'),
    progress: line => console.error(line),
    signal: new AbortController().signal,
    record: () => {},
  };
  const command = await findServer(context);
  await mkdir(directory, { recursive: true });
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: KID, alg: 'ES256', use: 'sig' };
  const keys = path.join(directory, 'keys.json');
  await writeFile(keys, JSON.stringify({ keys: [jwk] }));
  const ports = await Promise.all(Array.from({ length: 6 }, () => getPort({ host: '127.0.0.1', reserve: true })));
  await writeFile(path.join(directory, 'config.yaml'), JSON.stringify(settings(ports, certificates, keys)));
  const services = ['frontend', 'history', 'matching'].flatMap(name => ['--service', name]);
  const address = `127.0.0.1:${ports[0]}`;
  const running = await startProgram(
    context,
    { command, args: ['--config-file', 'config.yaml', 'start', ...services], endsBy: 'SIGTERM' },
    () => accepts(address),
  );
  const key = (permissions: readonly string[], expires_s = 600) => signed(privateKey, permissions, expires_s);
  return { address, key, stop: running.stop };
}

const KID = 'test';

/** A JSON Web Token (RFC 7519), which is what the server takes for a key. */
function signed(privateKey: KeyObject, permissions: readonly string[], expires_s: number): string {
  const part = (what: object) => Buffer.from(JSON.stringify(what)).toString('base64url');
  const now_s = Math.floor(Date.now() / 1000);
  const claims = { sub: 'temper', permissions, iat: now_s - 3_600, exp: now_s + expires_s };
  const words = `${part({ alg: 'ES256', typ: 'JWT', kid: KID })}.${part(claims)}`;
  const signature = createSign('SHA256').update(words).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' });
  return `${words}.${signature.toString('base64url')}`;
}

/** The server's own configuration; JSON is YAML. */
function settings(ports: readonly number[], { ca, server }: Certificates, keys: string) {
  const rpc = (grpcPort: number, membershipPort: number) => ({
    rpc: { grpcPort, membershipPort, bindOnLocalHost: true },
  });
  const sql = {
    ...{ pluginName: 'sqlite', databaseName: 'default', connectAddr: 'localhost', connectProtocol: 'tcp' },
    ...{ connectAttributes: { mode: 'memory', cache: 'private' }, maxConns: 1, maxIdleConns: 1 },
  };
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      ...{ defaultStore: 'sqlite', visibilityStore: 'visibility', numHistoryShards: 1 },
      datastores: { sqlite: { sql }, visibility: { sql } },
    },
    global: {
      membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' },
      tls: {
        frontend: {
          server: { certFile: server.cert, keyFile: server.key, clientCaFiles: [ca], requireClientAuth: true },
          client: { serverName: 'localhost', rootCaFiles: [ca] },
        },
      },
      authorization: {
        ...{ authorizer: 'default', claimMapper: 'default' },
        jwtKeyProvider: { keySourceURIs: [`file://${keys}`] },
      },
    },
    services: {
      frontend: rpc(ports[0]!, ports[1]!),
      history: rpc(ports[2]!, ports[3]!),
      matching: rpc(ports[4]!, ports[5]!),
    },
    clusterMetadata: {
      ...{ enableGlobalNamespace: false, failoverVersionIncrement: 10 },
      ...{ masterClusterName: 'active', currentClusterName: 'active' },
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: `127.0.0.1:${ports[0]}` },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
  };
}
