import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { build } from '../../cli/main.ts';
import { type CommandLine, commandLines, simpleCommands } from './command-lines.ts';
import { unknownSettings, wrongWith } from './judged.ts';

const root = path.resolve(import.meta.dirname, '../..');
const docs = readdirSync(path.join(root, 'docs')).filter(name => name.endsWith('.md'));
const pages = ['README.md', 'CONTRIBUTING.md', ...docs.map(name => `docs/${name}`)];
/** What recipes add is not there. */
const read = (page: string) =>
  readFileSync(path.join(root, page), 'utf8')
    .replaceAll('--surface gifts', '--surface home')
    .replaceAll('TEMPER_GENERATOR=brief', 'TEMPER_GENERATOR=extractive');

const judged = (lines: readonly CommandLine[]) =>
  lines.flatMap(line => wrongWith(line).map(wrong => `${line.text}: ${wrong}`));

describe('what is to be typed can be typed: commands, scripts, options and settings are there', () => {
  it.each(pages)('in %s', page => {
    expect(judged(commandLines(read(page)))).toEqual([]);
    expect(unknownSettings(read(page))).toEqual([]);
  });

  it('in the examples of the help', () => {
    const examples: string[] = [];
    const gather = (command: Command) => {
      const help: string[] = [];
      command.configureOutput({ writeOut: text => void help.push(text) }).outputHelp();
      examples.push(...(help.join('').split('\nExamples:\n')[1]?.split('\n').filter(Boolean) ?? []));
      command.commands.forEach(gather);
    };
    gather(build());
    expect(examples.length).toBeGreaterThan(60);
    expect(judged(examples.map(text => ({ text: text.trim(), isMention: false })))).toEqual([]);
  });
});

describe('of a page', () => {
  it('lines of shell are calls, and spans of code mentions', () => {
    const page = '`temper up`\n\n```sh\ntemper status   # all\n\nnpm ci\n```\n\n```\n$ temper down\nstopped\n```\n';
    expect(commandLines(page)).toEqual([
      { text: 'temper status   # all', isMention: false },
      { text: 'npm ci', isMention: false },
      { text: 'temper down', isMention: false },
      { text: 'temper up', isMention: true },
    ]);
    const tutorial = commandLines(read('docs/tutorial.md'));
    expect(tutorial.filter(({ isMention }) => !isMention).length).toBeGreaterThan(20);
  });

  it('a line is one command or several', () => {
    expect(simpleCommands('A=1 x "b c" > f && y $(temper status --brokers) | z # no')).toEqual([
      ['A=1', 'x', 'b c'],
      ['temper', 'status', '--brokers'],
      ['y', 'SAID'],
      ['z'],
    ]);
  });

  it.each([
    ['temper rnak --user u', /unknown command 'rnak'/],
    ['temper rank', /required option '--user/],
    ['temper status --broker', /unknown option '--broker'/],
    ['temper retrain now', /too many arguments/],
    ['temper run painter', /'painter' is invalid/],
    ['npx temper models pull bert', /'bert' is invalid/],
    ['node x.mjs $(temper status --address)', /unknown option '--address'/],
    ['npm run bench:lists', /no script bench:lists/],
    ['npm run eval:ads --seeds 2', /-- is missing/],
    ['npm run eval:ads -- --seed 2', /bench\/eval\/ads.ts has no option --seed/],
    ['npm start -- --twice', /unknown option '--twice'/],
    ['npx vitest run --project quick', /no project quick/],
    ['npx vitest run --project unit test/none', /^test\/none/],
    ['node --import tsx bench/none.ts', /there is no bench\/none.ts/],
    ['TEMPER_TRIAL=canary temper start', /TEMPER_TRIAL=canary: expected stages/],
    ['tempr up', /nobody knows tempr/],
  ])('%s is refused', (text, wrong) => {
    const line = { text, isMention: false };
    expect(wrongWith(line)).toEqual([expect.stringMatching(wrong)]);
    expect(unknownSettings('`TEMPER_KAFKAS`, `TEMPER_KAFKA`')).toEqual(['TEMPER_KAFKAS']);
  });
});
