import path from 'node:path';
import type { Config } from '../schemas/settings/config.ts';

/** Verdicts of the gates, also of candidates that they refused. */
export const verdictsIn = (config: Config): string => path.join(config.dataDir, 'verdicts');

/** What one workflow run needs while it trains: checkpoints, and the candidate before it is registered. */
export const trainingIn = (config: Config, run: string): string => path.join(config.dataDir, 'training', run);
