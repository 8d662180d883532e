import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { TestProject } from 'vitest/node';
import { readConfig } from '../schemas/settings/config.ts';
import { type Endpoints, startServices } from '../services/index.ts';
import { WORKFLOWS_PATH } from '../workflows/places.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The services that all service tests share; take topics, databases and workflow ids of your own. */
    endpoints: Endpoints;
    /** The workflows' code, for workers of a test's own: to make it takes seconds. */
    workflowBundle: { codePath: string };
  }
}

/** Starts the services, and bundles the workflows, once for all service tests, and stops behind the last one. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'temper-test-'));
  const running = await startServices({ ...readConfig(), dataDir }, { progress: line => console.error(line) });
  const codePath = path.join(dataDir, 'workflows.js');
  const { code } = await bundleWorkflowCode({ workflowsPath: WORKFLOWS_PATH, logger: new DefaultLogger('WARN') });
  await writeFile(codePath, code);
  void running.failed.then(error => console.error(error));
  project.provide('endpoints', running.endpoints);
  project.provide('workflowBundle', { codePath });
  return async () => {
    await running.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
