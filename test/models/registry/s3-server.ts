import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import getPort from 'get-port';
import { readConfig } from '../../../schemas/settings/config.ts';
import { install, runStep } from '../../../services/install.ts';

const VERSION = '5.2.0';
const JAR = `s3mock-${VERSION}-exec.jar`;
const READY_WITHIN_MS = 120_000;

export interface S3Server {
  endpoint: string;
  /** kill -9 */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** Adobe's S3Mock from Maven Central: a server that speaks S3 over HTTP, on loopback, with an empty bucket of this name. */
export async function startS3(bucket: string): Promise<S3Server> {
  const signal = new AbortController().signal;
  const site = { name: 's3', config: readConfig(), progress: (line: string) => console.error(line), signal };
  const home = await install(site, {
    id: `s3mock-${VERSION}`,
    what: `S3Mock ${VERSION} from Maven Central (31 MB), for tests`,
    fill: draft =>
      runStep(site, draft, 'mvn', [
        ...['--batch-mode', '--quiet', 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy'],
        ...[`-Dartifact=com.adobe.testing:s3mock:${VERSION}:jar:exec`, '-DoutputDirectory=.'],
      ]),
  });
  const root = await mkdtemp(path.join(os.tmpdir(), 'temper-s3-'));
  const [port, other] = [await getPort({ host: '127.0.0.1' }), await getPort({ host: '127.0.0.1' })];
  const java = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-jar', path.join(home, JAR)];
  const set = (name: string, value: string) => `--com.adobe.testing.s3mock.store.${name}=${value}`;
  const ports = [`--http.port=${port}`, `--server.port=${other}`, '--server.address=127.0.0.1'];
  const child = execa('java', [...java, ...ports, set('root', root)], {
    reject: false,
    stdin: 'ignore',
    all: true,
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const ended = child.then(({ all }) => `S3Mock ended: ${all.slice(-2_000)}`);
  const ready = answers(`${endpoint}/${bucket}`);
  const wrong = await Promise.race([ready, ended]);
  if (wrong) throw new Error(wrong);
  return {
    endpoint,
    async kill() {
      child.kill('SIGKILL');
      await child;
    },
    async stop() {
      child.kill('SIGTERM');
      await child;
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Makes a bucket, as soon as somebody answers. @returns what is wrong, if anything is */
async function answers(url: string): Promise<string | undefined> {
  for (const deadline_ms = Date.now() + READY_WITHIN_MS; Date.now() < deadline_ms; ) {
    const status = await fetch(url, { method: 'PUT' }).then(
      answer => answer.status,
      () => 0,
    );
    if (status === 200) return undefined;
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  return `nothing answers at ${url}`;
}
