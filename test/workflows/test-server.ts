import path from 'node:path';
import { type EphemeralServerExecutable, TestWorkflowEnvironment } from '@temporalio/testing';
import { readConfig } from '../../schemas/settings/config.ts';
import { installed } from '../../services/install.ts';
import { TEMPORAL_PACKAGE } from '../../services/temporal.ts';

/** How often a server is started: the SDK waits five seconds for each, which a busy machine needs now and then. */
const STARTS = 5;

/** A Temporal that skips time. */
export async function skippingTime(starts = STARTS): Promise<TestWorkflowEnvironment> {
  try {
    return await TestWorkflowEnvironment.createTimeSkipping({ server: { executable: testServer() } });
  } catch (error) {
    if (starts <= 1 || !/did not start within/.test(String(error))) throw error;
    return skippingTime(starts - 1);
  }
}

/** The time-skipping server: it was installed with the real one, or else the SDK fetches its own. */
function testServer(): EphemeralServerExecutable {
  const directory = installed(readConfig().cacheDir, TEMPORAL_PACKAGE);
  if (!directory) return { type: 'cached-download' };
  return { type: 'existing-path', path: path.join(directory, 'bin', 'temporal-test-server') };
}
