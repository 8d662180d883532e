import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Argument, type Command, Option } from 'commander';
import type { z } from 'zod';
import { EVALUATION } from '../../bench/options.ts';
import { build } from '../../cli/main.ts';
import { SECRETS, secretFile } from '../../schemas/settings/connections.ts';
import { describeConfig, Environment } from '../../schemas/settings/environment.ts';
import { type CommandLine, simpleCommands } from './command-lines.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const projects = Array.from(read('vitest.config.ts').matchAll(/ name: '(\w+)'/g), match => match[1]!);
const tests = readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' }).map(file => `test/${file}`);
const settings = new Set([...describeConfig().map(({ name }) => name), ...SECRETS.map(secretFile)]);
/** Of npm itself, and of others that a page may use. */
const OF_NPM = ['ci', 'link', 'audit'];
const OF_THE_SHELL = ['export', 'for', 'do', 'done', 'sed', 'curl', 'unzip'];

/** What of a line is no command, no script, no option or no setting that there is. */
export function wrongWith({ text, isMention }: CommandLine): string[] {
  const shown = isMention ? text.replace(/\[([^\]]*)\]/g, (_all, choice: string) => choice.split(' or ')[0]!) : text;
  return simpleCommands(shown).flatMap(words => {
    const from = words.findIndex(word => !/^\w+=/.test(word));
    const wrong = from < 0 ? undefined : ofCommand(words.slice(from), isMention);
    return [...words.map(ofSetting), wrong].filter(each => each !== undefined);
  });
}

/** The settings that a text names and that there are not. */
export function unknownSettings(text: string): string[] {
  return (text.match(/\bTEMPER_[A-Z0-9_]+/g) ?? []).filter(name => !settings.has(name));
}

/** Of a word that sets one: that it takes the value. */
function ofSetting(word: string): string | undefined {
  const [, name, value] = /^(TEMPER_\w+)=(.+)$/.exec(word) ?? [];
  if (name === undefined || value === 'SAID' || PLACEHOLDER.test(value!)) return undefined;
  const declared = (Environment.shape as Record<string, z.ZodType>)[name];
  const parsed = declared?.safeParse(value);
  return parsed && !parsed.success ? `${word}: ${parsed.error.issues[0]!.message}` : undefined;
}

function ofCommand([name, ...rest]: string[], isMention: boolean): string | undefined {
  if (name === 'temper') return ofTemper(rest, isMention);
  if (name === 'npm') return ofNpm(rest, isMention);
  if (name === 'npx') return ofNpx(rest, isMention);
  if (name === 'node') return ofNode(rest);
  if (!isMention) return OF_THE_SHELL.includes(name!) ? undefined : `nobody knows ${name}`;
  const isBare = COMMANDS.some(command => command.name() === name) && rest.some(word => word.startsWith('--'));
  return isBare ? ofTemper([name!, ...rest], isMention) : undefined;
}

function ofNpm([verb = '', ...rest]: string[], isMention: boolean): string | undefined {
  if (OF_NPM.includes(verb)) return undefined;
  const named = verb === 'run' ? rest.filter(word => word !== '--silent') : [verb, ...rest];
  const [script = '', dashes, ...options] = named;
  if (!Object.hasOwn(scripts, script)) return `npm has no script ${script}`;
  if (dashes === undefined) return undefined;
  if (dashes !== '--') return `npm takes ${dashes} for itself: -- is missing before it`;
  if (script === 'temper' || script === 'start')
    return ofTemper(script === 'start' ? ['start', ...options] : options, isMention);
  const file = /\S+\.ts\b/.exec(scripts[script]!)?.[0];
  return file ? ofScript(file, options) : `${script} takes no options`;
}

function ofNpx([tool = '', ...rest]: string[], isMention: boolean): string | undefined {
  if (tool === 'temper') return ofTemper(rest, isMention);
  if (!existsSync(path.join(root, 'node_modules/.bin', tool))) return `npx finds no ${tool}`;
  if (tool !== 'vitest') return undefined;
  const [, project = '', ...files] = rest.slice(rest.indexOf('--project'));
  if (!projects.includes(project)) return `vitest has no project ${project}`;
  const empty = files.find(file => !PLACEHOLDER.test(file) && !hasTests(file, project));
  return empty && `${empty} has no test of ${project}`;
}

/** By the ends of test files' names, as vitest.config.ts tells them apart. */
function hasTests(place: string, project: string): boolean {
  const ends = project === 'processes' ? 'thorough|training|processes' : project;
  const isOf = new RegExp(project === 'unit' ? '/[^.]+\\.test\\.ts$' : `\\.(?:${ends})\\.test\\.ts$`);
  return tests.some(file => file.startsWith(place) && isOf.test(file));
}

function ofNode(words: string[]): string | undefined {
  const at = words.findIndex(word => word.endsWith('.ts'));
  return at < 0 ? undefined : ofScript(words[at]!, words.slice(at + 1));
}

/** Its options stand in its file, or are those that all evaluations have. */
function ofScript(file: string, words: readonly string[]): string | undefined {
  if (!existsSync(path.join(root, file))) return `there is no ${file}`;
  const source = read(file).replace(/HELP = `[^`]*`/, '');
  const isDeclared = (name: string) =>
    (source.includes('...EVALUATION') && Object.hasOwn(EVALUATION, name)) ||
    new RegExp(`[{ ](?:${name}|'${name}'): `).test(source);
  const unknown = words.filter(word => word.startsWith('--') && !isDeclared(word.slice(2)));
  return unknown.length > 0 ? `${file} has no option ${unknown.join(', ')}` : undefined;
}

/** What stands for something: FILE, N, or `...`. */
const PLACEHOLDER = /^(?:[A-Z]+|\.\.\.)$/;

/** By the program's own parser, without running it. */
function ofTemper(words: readonly string[], isMention: boolean): string | undefined {
  if (words.length === 0) return undefined;
  try {
    (isMention ? MENTIONED : CALLED).parse(words, { from: 'user' });
    return undefined;
  } catch (error) {
    if (isMention && (error as { code: string }).code === 'commander.help') return undefined; // a group by its name
    return (error as Error).message;
  }
}

const CALLED = harmless(build());
const MENTIONED = harmless(build(), true);
const COMMANDS = CALLED.commands;

/** Does nothing and says nothing, and takes what stands for something; where it is a mention, also what lacks a part. */
function harmless(command: Command, isMention = false): Command {
  command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  if (command.commands.length === 0) command.action(() => {});
  const parts: (Option | Argument)[] = [...command.options, ...command.registeredArguments];
  for (const part of parts) {
    const parse = part.parseArg?.bind(part);
    if (parse) part.parseArg = <T>(text: string, before: T) => (PLACEHOLDER.test(text) ? before : parse(text, before));
    if (!isMention) continue;
    if (part instanceof Option) part.mandatory = false;
    else part.required = false;
  }
  for (const each of command.commands) harmless(each, isMention);
  return command;
}
