import { Policies } from './policy.ts';
import { readPolicyFile } from './policy-file.ts';

/**
 * Reads the policies of the surfaces, and what money is worth.
 *
 * @param file undefined: the defaults
 * @throws CONFIG_INVALID with all that is wrong in it, each in a sentence
 */
export const readPolicies = (file: string | undefined): Policies =>
  readPolicyFile(Policies, file, { variable: 'TEMPER_POLICY', what: 'a policy for each surface' });
