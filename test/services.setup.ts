import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { readConfig } from '../schemas/settings/config.ts';
import { type Endpoints, startServices } from '../services/index.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The services that all service tests share; take topics, databases and workflow ids of your own. */
    endpoints: Endpoints;
  }
}

/** Starts the services once for all service tests, on empty data, and stops them behind the last test. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-test-'));
  const running = await startServices({ ...readConfig(), dataDir }, { progress: line => console.error(line) });
  void running.failed.then(error => console.error(error));
  project.provide('endpoints', running.endpoints);
  return async () => {
    await running.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
