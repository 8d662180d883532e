import { readPolicyFile } from '../../schemas/policies/policy-file.ts';
import { WatchPolicy } from '../../schemas/policies/watch-policy.ts';

/** What a champion is held to, from the file that a shop edits. @throws CONFIG_INVALID with all that is wrong in it */
export const readWatchPolicy = (file: string | undefined): WatchPolicy =>
  readPolicyFile(WatchPolicy, file, { variable: 'TEMPER_WATCH_POLICY', what: 'what follows from which signal' });
