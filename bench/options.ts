import { parseArgs } from 'node:util';
import { z } from 'zod';
import { explain, progress } from '../cli/output.ts';
import { TemperError } from '../schemas/errors.ts';

/** An option that is a whole number. */
export function wholeNumber(name: string, least: number) {
  return z.coerce
    .number(`--${name} is no number`)
    .int(`--${name} is no whole number`)
    .min(least, `--${name} is below ${least}`);
}

/** The options that all evaluations have. */
export const EVALUATION = {
  seeds: wholeNumber('seeds', 1).default(1),
  'max-minutes': z.coerce.number('--max-minutes is no number').positive('--max-minutes is not above 0').default(40),
  json: z.boolean().default(false),
};

/**
 * The whole of a command: reads its options, says what help there is or what is wrong with them, and ends with 1 where
 * the evaluation fails.
 */
export async function runEvaluation<S extends z.ZodObject>(
  { help, options }: { help: string; options: S },
  evaluate: (options: z.output<S>) => Promise<void>,
): Promise<void> {
  try {
    const read = readOptions(options);
    if (read) await evaluate(read);
    else process.stdout.write(`${help}\n`);
  } catch (error) {
    progress(explain(error));
    process.exitCode = 1;
  }
}

const FLAGS = ['json', 'help', 'shop', 'in-process', 'neighbours', 'images'];

/** @returns undefined where help is asked for */
function readOptions<S extends z.ZodObject>(schema: S): z.output<S> | undefined {
  const names = [...Object.keys(schema.shape), 'help'];
  const type = (name: string) => (FLAGS.includes(name) ? ('boolean' as const) : ('string' as const));
  try {
    const { values } = parseArgs({ options: Object.fromEntries(names.map(name => [name, { type: type(name) }])) });
    return values.help ? undefined : schema.parse(values);
  } catch (cause) {
    const got = cause instanceof z.ZodError ? cause.issues.map(({ message }) => message).join(', ') : undefined;
    throw new TemperError('INPUT_INVALID', {
      where: 'the options',
      next: 'See --help',
      ...(got === undefined ? { cause } : { got }),
    });
  }
}
