import { Policies } from '../../schemas/policy.ts';
import { readPolicyFile } from '../../schemas/policy-file.ts';

/**
 * Reads the policies of the surfaces.
 *
 * @param file undefined: the defaults
 * @throws CONFIG_INVALID with all that is wrong in it, each in a sentence
 */
export const readPolicies = (file: string | undefined): Policies =>
  readPolicyFile(Policies, file, { variable: 'TEMPER_POLICY', what: 'a policy for each surface' });
