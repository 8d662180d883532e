import os from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import { LIMITS } from '../../schemas/limits.ts';
import { type PlannedStage, TrialPlan } from '../../schemas/models/trials.ts';

export function json(): Option {
  return new Option('--json', 'print one JSON object on standard output');
}

/** Who decides. */
export function by(describes: string): Option {
  return new Option('--by <name>', describes).default(login(), 'your login');
}

/** Containers run as users that have a number and no name. */
function login(): string {
  try {
    return os.userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map(line => `  ${line}`).join('\n')}`;
}

export function atLeast(least: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value;
    throw new InvalidArgumentError(`expected a whole number, ${least} or more`);
  };
}

export function within(most: number) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number from 1 to ${most}`);
  };
}

export const countOfItems = within(LIMITS.items_per_list);

export function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('expected a number from 0 to 1');
  return value;
}

export function speed(text: string): number | 'max' {
  return text === 'max' ? 'max' : positive(text);
}

export function oneOf(names: readonly string[]) {
  return (text: string) => {
    if (!names.includes(text)) throw new InvalidArgumentError(`expected one of ${names.join(', ')}`);
    return text;
  };
}

/** The stages of a trial, or none. */
export function stages(text: string): PlannedStage[] {
  const parsed = TrialPlan.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new InvalidArgumentError(parsed.error.issues[0]!.message);
}

export function timeOfDay(text: string): { hour: number; minute: number } | 'off' {
  if (text === 'off') return text;
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hour === undefined) throw new InvalidArgumentError('expected a time from 00:00 to 23:59, or off');
  return { hour: Number(hour), minute: Number(minute) };
}

/** Whole numbers above 0, separated by commas. */
export function numbers(text: string): number[] {
  return text.split(',').map(atLeast(1));
}
