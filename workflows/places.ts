import { fileURLToPath } from 'node:url';

/** Where workers look for work, and clients leave it. */
export const TASK_QUEUE = 'temper';

/** What a worker bundles for the isolate in which workflows run. */
export const WORKFLOWS_PATH: string = fileURLToPath(new URL('./index.ts', import.meta.url));
