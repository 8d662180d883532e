import { existsSync } from 'node:fs';
import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { WEIGHTS, type WeightsName } from '../../services/weights/table.ts';
import { installedWeights, installWeights } from '../../services/weights/weights.ts';
import type { Weights } from '../../streams/weights.ts';

/** Encoders by a name of `temper models list`, or by their own place. */
export function encoderWeights({ cacheDir }: Pick<Config, 'cacheDir'>): Weights {
  return {
    find(name) {
      if (isListed(name)) return installedWeights(name, cacheDir);
      if (existsSync(name)) return path.resolve(name);
      throw new TemperError('CONFIG_INVALID', {
        where: 'TEMPER_TEXT_ENCODER or TEMPER_IMAGE_ENCODER',
        expected: 'a name of `temper models list`, the place of an encoder, or none',
        got: name,
      });
    },
    fetch: (name, onProgress, signal) => installWeights(name as WeightsName, { cacheDir, onProgress, signal }),
  };
}

/**
 * Asked ahead of long work.
 *
 * @throws CONFIG_INVALID where what is configured can be no encoder
 */
export function requireEncoders(config: Pick<Config, 'cacheDir' | 'textEncoder' | 'imageEncoder'>): void {
  const { find } = encoderWeights(config);
  for (const name of [config.textEncoder, config.imageEncoder]) if (name !== 'none') find(name);
}

function isListed(name: string): name is WeightsName {
  return Object.hasOwn(WEIGHTS, name);
}
