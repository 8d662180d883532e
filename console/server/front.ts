import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { TemperError } from '../../schemas/errors.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { install } from '../../services/install.ts';

const WEB = path.join(import.meta.dirname, '../web');
const ROOT = path.join(import.meta.dirname, '../..');
/** What gets into the pages, and what makes them. */
const BUILT_WITH = ['vite', 'preact', 'uplot'];
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file of the pages, as it is sent. */
export interface FrontFile {
  type: string;
  bytes: Buffer<ArrayBuffer>;
  /** The same by Brotli. */
  small: Buffer<ArrayBuffer>;
  etag: string;
  /** Whether its name changes with its content. */
  isForEver: boolean;
}

/** The pages by their paths, all of them in memory: what is not among them is not served, whatever a path says. */
export type Front = ReadonlyMap<string, FrontFile>;

/**
 * The pages, built where they are not. They are built from what stands here when it is first looked at, and not by a
 * script of the package's installation: that may be switched off, and a checkout may change without one. Vite is an
 * ordinary dependency, so that nothing is fetched.
 *
 * @throws INSTALL_FAILED where they can't be, as on a Node.js that is too old for Vite but not for all else
 */
export async function builtFront(
  config: Pick<Config, 'cacheDir'>,
  progress: (line: string) => void,
  signal: AbortSignal,
  make = withVite,
): Promise<Front> {
  const id = `console-${await hashOfSources()}`;
  const site = { name: 'console', config, progress, signal };
  const fill = (outDir: string) => make(outDir).catch(unbuilt);
  return readFront(await install(site, { id, what: 'its pages', fill }));
}

async function withVite(outDir: string): Promise<void> {
  const { build } = await import('vite');
  await build({ configFile: path.join(WEB, 'vite.config.ts'), build: { outDir }, logLevel: 'warn' });
}

async function unbuilt(cause: unknown): Promise<never> {
  const { engines } = JSON.parse(
    await readFile(path.join(ROOT, 'node_modules/vite/package.json'), 'utf8').catch(() => '{}'),
  );
  throw new TemperError('INSTALL_FAILED', {
    where: 'the pages of the console',
    expected: `Vite, and Node.js ${engines?.node ?? 'as it wants it'}`,
    got: `Node.js ${process.versions.node}`,
    next: 'All else runs without the console; TEMPER_CONSOLE=none leaves it out',
    cause,
  });
}

export async function readFront(directory: string): Promise<Front> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile() && TYPES[path.extname(entry.name)]);
  return new Map(
    await Promise.all(
      files.map(async (entry): Promise<[string, FrontFile]> => {
        const place = path.join(entry.parentPath, entry.name);
        const name = `/${path.relative(directory, place)}`;
        const bytes = await readFile(place);
        const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
        const type = TYPES[path.extname(name)]!;
        return [name, { type, bytes, small: brotliCompressSync(bytes), etag, isForEver: name.startsWith('/assets/') }];
      }),
    ),
  );
}

/** Of all that decides what is built: the pages, and the versions of what gets into them. */
async function hashOfSources(): Promise<string> {
  const entries = await readdir(WEB, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name));
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    hash.update(`${path.relative(WEB, file)}\0`).update(await readFile(file));
  }
  const { dependencies } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
  hash.update(JSON.stringify(BUILT_WITH.map(name => dependencies[name])));
  return hash.digest('hex').slice(0, 16);
}
