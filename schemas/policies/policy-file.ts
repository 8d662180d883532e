import type { z } from 'zod';
import { TemperError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { readBounded } from '../settings/bounded-file.ts';

/**
 * Reads a policy that a shop edits, a JSON object of which each field has a default.
 *
 * @param file undefined: the defaults
 * @param variable names the file, for the message
 * @throws CONFIG_INVALID with all that is wrong in it, each in a sentence
 */
export function readPolicyFile<Policy extends z.ZodType>(
  policy: Policy,
  file: string | undefined,
  { variable, what }: { variable: string; what: string },
): z.output<Policy> {
  const refuse = (detail: { expected?: string; got?: string; cause?: unknown }): never => {
    const next = `Correct the file that ${variable} names; docs/operations.md and the README list its fields`;
    throw new TemperError('CONFIG_INVALID', { where: file ?? variable, ...detail, next });
  };
  const parsed = policy.safeParse(file === undefined ? {} : jsonOf(file, what, refuse));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`);
  return refuse({ got: `\n  ${problems.join('\n  ')}\n` });
}

function jsonOf(file: string, what: string, refuse: (detail: { expected: string; cause: unknown }) => never): unknown {
  try {
    return JSON.parse(readBounded(file, LIMITS.settings_file_bytes).toString('utf8'));
  } catch (cause) {
    return refuse({ expected: `a file with a JSON object, ${what}`, cause });
  }
}
