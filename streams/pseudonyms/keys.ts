import { Pseudonyms, readPseudonymKeys } from '../../models/privacy/pseudonyms.ts';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { readBounded } from '../../schemas/settings/bounded-file.ts';
import type { Config } from '../../schemas/settings/config.ts';

/** @throws CONFIG_INVALID where there is no file of keys, or something else in it */
export function pseudonymsOf({ pseudonymKeys: file }: Pick<Config, 'pseudonymKeys'>): Pseudonyms {
  if (file !== undefined) {
    return new Pseudonyms(readPseudonymKeys(readBounded(file, LIMITS.settings_file_bytes).toString('utf8'), file));
  }
  const next = 'Set it, or leave the job out: it runs where there are keys';
  throw new TemperError('CONFIG_INVALID', { where: 'TEMPER_PSEUDONYM_KEYS', expected: 'a file of keys', next });
}
