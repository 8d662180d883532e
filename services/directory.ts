import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { TemperError } from '../schemas/errors.ts';
import { codeOf } from './process/program.ts';

/**
 * Makes a directory that the configuration names, and those above it, where they are missing. One by one: asked for all
 * at once, Node never comes back from where none can be made although there is a directory, such as /proc.
 *
 * @param variable the name of the variable, for the error
 * @throws CONFIG_INVALID where it can't be made, DISK_FULL where there is no room for it
 */
export function makeDirectory(place: string, variable: 'TEMPER_DATA' | 'TEMPER_CACHE'): void {
  if (existsSync(place)) return;
  makeDirectory(path.dirname(place), variable);
  try {
    mkdirSync(place);
  } catch (cause) {
    if (existsSync(place)) return; // by another process, meanwhile
    const full = codeOf(String(cause)) === 'DISK_FULL';
    throw new TemperError(full ? 'DISK_FULL' : 'CONFIG_INVALID', {
      where: variable,
      expected: 'a directory, or a place where one can be made',
      got: place,
      next: `Set ${variable} to another directory`,
      cause,
    });
  }
}
