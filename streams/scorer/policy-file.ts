import { readFileSync } from 'node:fs';
import { TemperError } from '../../schemas/errors.ts';
import { DEFAULT_POLICIES, Policies } from '../../schemas/policy.ts';

/**
 * Reads the policies of the surfaces.
 *
 * @param file undefined: the defaults
 * @throws CONFIG_INVALID with all that is wrong in it, each in a sentence
 */
export function readPolicies(file: string | undefined): Policies {
  if (file === undefined) return DEFAULT_POLICIES;
  const parsed = Policies.safeParse(jsonOf(file));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  return refuse(file, { got: `\n  ${problems.join('\n  ')}\n` });
}

function jsonOf(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    return refuse(file, { expected: 'a file with a JSON object, a policy for each surface', cause });
  }
}

function refuse(file: string, detail: { expected?: string; got?: string; cause?: unknown }): never {
  const next = 'Correct the file that TEMPER_POLICY names; the README lists its fields';
  throw new TemperError('CONFIG_INVALID', { where: file, ...detail, next });
}
