import path from 'node:path';
import type { EphemeralServerExecutable } from '@temporalio/testing';
import { readConfig } from '../../schemas/settings/config.ts';
import { installed } from '../../services/install.ts';
import { TEMPORAL_PACKAGE } from '../../services/temporal.ts';

/** The time-skipping server: it was installed with the real one, or else the SDK fetches its own. */
export function testServer(): EphemeralServerExecutable {
  const directory = installed(readConfig().cacheDir, TEMPORAL_PACKAGE);
  if (!directory) return { type: 'cached-download' };
  return { type: 'existing-path', path: path.join(directory, 'bin', 'temporal-test-server') };
}
