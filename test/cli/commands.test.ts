import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { build, main } from '../../cli/main.ts';

const COMMANDS = [
  'start',
  'up',
  'down',
  'status',
  'run',
  'graph',
  'doctor',
  'console',
  'rank',
  'replay',
  'import',
  'dead-letters',
  'dead-letters list',
  'dead-letters replay',
  'explain',
  'suggest',
  'campaigns',
  'campaigns list',
  'campaigns put',
  'campaigns pause',
  'campaigns resume',
  'ads',
  'ads spend',
  'ads clicks',
  'ask',
  'intents',
  'intents train',
  'offsets',
  'offsets show',
  'offsets accept-loss',
  'erase',
  'retention',
  'export',
  'features',
  'features list',
  'features explain',
  'features drift',
  'features examination',
  'features consistency',
  'backfill',
  'retrain',
  'train',
  'finetune',
  'learn-frames',
  'models',
  'models list',
  'models pull',
  'compress',
  'approve',
  'reject',
  'pause',
  'resume',
  'rollback',
  'history',
  'compare',
  'watch',
  'gates',
  'gates list',
  'gates policy',
  'gates explain',
  'keys',
  'keys list',
  'keys new',
  'keys retire',
  'keys revoke',
  'reproduce',
  'bench',
  'bench scale',
  'bench bytes',
  'bench follow',
];

let out = '';
let err = '';
const exitCode = process.exitCode;
beforeEach(() => {
  out = '';
  err = '';
  process.exitCode = undefined;
  vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    err += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = exitCode;
});

const temper = (line: string) => main(['node', 'temper', ...line.split(' ').filter(Boolean)]);

describe('help', () => {
  it('names every command', async () => {
    await temper('--help');
    expect(process.exitCode).toBe(0);
    const named = [...out.matchAll(/^ {2}([a-z][a-z-]+)/gm)].map(match => match[1]!).filter(name => name !== 'help');
    expect(named).toEqual(COMMANDS.filter(command => !command.includes(' ')));
  });

  it('is asked for below of every command that there is', () => {
    const namesOf = (command: Command): string[] =>
      command.commands.flatMap(part => [part.name(), ...namesOf(part).map(name => `${part.name()} ${name}`)]);
    expect([...COMMANDS].sort()).toEqual(namesOf(build()).sort());
  });

  it.each(COMMANDS)('of `temper %s` ends with 0 and shows an example', async command => {
    await temper(`${command} --help`);
    expect(process.exitCode).toBe(0);
    expect(out).toContain(`Usage: temper ${command}`);
    expect(out).toMatch(new RegExp(`Examples:\\n(.*\\n)*.*temper ${command.split(' ')[0]}`));
    expect(err).toBe('');
  });
});

describe('a wrong call ends with 2 and says what was expected', () => {
  it.each([
    ['', /Usage: temper/],
    ['rnak --user u1', /unknown command 'rnak'.*Did you mean rank\?/s],
    ['rank', /required option '--user <id>' not specified/],
    ['rank --user u1 --colour red', /unknown option '--colour'/],
    ['rank --user u1 --surface moon', /'moon' is invalid. Allowed choices are home, search, ads, support/],
    ['rank --user u1 --count none', /'none' is invalid. expected a whole number from 1 to 200/],
    ['rank --user u1 --count 2.5', /'2.5' is invalid. expected a whole number from 1 to 200/],
    ['rank --user u1 --count 201', /'201' is invalid. expected a whole number from 1 to 200/],
    ['suggest lapt --count 21', /'21' is invalid. expected a whole number from 1 to 20/],
    ['explain', /missing required argument 'list'/],
    ['explain r-1 --language tlh', /'tlh' is invalid. Allowed choices are en, de, fr, es, zh, ja/],
    ['offsets accept-loss', /missing required argument 'job'/],
    [
      'offsets show worker',
      /'worker' is invalid for argument 'job'. Allowed choices are pseudonyms, features, scorer, enrich, outcomes, billing, support, sinks/,
    ],
    ['run', /missing required argument 'job'/],
    [
      'run painter',
      /'painter' is invalid.*expected one of pseudonyms, features, enrich, scorer, outcomes, billing, support, sinks, worker/,
    ],
    ['run scorer twice', /too many arguments/],
    ['start --rate -1', /'-1' is invalid. expected a number above 0/],
    ['start --seed x', /'x' is invalid. expected a whole number, 0 or more/],
    ['replay --format yoochoose', /missing required argument 'file'/],
    ['replay clicks.txt', /required option '--format <name>/],
    ['replay clicks.txt --format csv', /'csv' is invalid.*expected one of .*yoochoose/],
    ['replay clicks.txt --format yoochoose --speed fast', /'fast' is invalid. expected a number above 0/],
    ['features', /Usage: temper features/],
    ['features explain', /missing required argument 'name'/],
    ['features drift --hours 0', /'0' is invalid. expected a number above 0/],
    ['models', /Usage: temper models/],
    ['models pull bert', /'bert' is invalid.*multilingual-e5-small/],
    ['compress --to int8', /missing required argument 'file'/],
    ['compress model.onnx', /required option '--to <form>' not specified/],
    ['compress model.onnx --to int4', /'int4' is invalid.*int8, float16, float16-compute, pruned/],
    ['compress model.onnx --to pruned --share 2', /'2' is invalid.*expected a number from 0 to 1/],
    ['compress model.onnx --to int8 --rows 0', /'0' is invalid. expected a whole number, 1 or more/],
    ['finetune --model all-minilm-l6-v2', /required option '--pairs <file>' not specified/],
    ['finetune --model m --pairs p --method all', /'all' is invalid. Allowed choices are lora, last-layers/],
    ['finetune --model m --pairs p --batch 1', /'1' is invalid. expected a whole number, 2 or more/],
    ['retrain --trial canary', /expected stages such as shadow:10m.*got canary/],
    ['retrain --nightly 25:00', /expected a time from 00:00 to 23:59, or off/],
    ['compare one', /missing required argument 'other'/],
    ['dead-letters', /Usage: temper dead-letters/],
    ['dead-letters burn', /unknown command 'burn'/],
    ['dead-letters list --topic shop.event', /'shop.event' is invalid.*shop.events/],
    ['dead-letters list --reason bad', /'bad' is invalid.*not_json/],
  ])('temper %s', async (line, sentence) => {
    await temper(line);
    expect(process.exitCode).toBe(2);
    expect(err).toMatch(sentence);
    expect(out).toBe('');
  });
});

describe('temper graph', () => {
  it('prints Mermaid and nothing else', async () => {
    await temper('graph');
    expect(process.exitCode ?? 0).toBe(0);
    expect(out).toMatch(/^flowchart LR\n/);
    for (const line of out.trim().split('\n').slice(1)) expect(line).toMatch(/^ {2}\w+(\[| -->| -\.->)/);
    expect(err).toBe('');
  });
});

describe('temper features', () => {
  it('lists every feature with its declaration', async () => {
    await temper('features list --json');
    const { version, features } = JSON.parse(out) as { version: string; features: { name: string; formula: string }[] };
    expect(version).toMatch(/^[0-9a-f]{12}$/);
    expect(features.length).toBeGreaterThanOrEqual(60);
    expect(features.find(({ name }) => name === 'user.clicks.10m')?.formula).toContain('2^(-age / 10m)');
    expect(err).toBe('');
  });

  it('explains one, with its bounds and its SQL', async () => {
    await temper('features explain item.corrected_click_rate.1d');
    expect(out).toMatch(/formula +\(item.clicks.1d \+ 1\) \/ \(item.examined.1d \+ 20\)/);
    expect(out).toMatch(/FROM events WHERE item IN \(SELECT candidate FROM pairs\)[^;]*WHERE at_ms <= asked_ms/);
    expect(process.exitCode ?? 0).toBe(0);
  });

  it('explains prices by the rates of the policy', async () => {
    await temper('features explain item.log_price');
    expect(out).toContain(', price AS price');
    const policy = path.join(await mkdtemp(path.join(tmpdir(), 'temper-policy-')), 'policy.json');
    const rates = [{ currency: 'USD', from: '2026-01-01', rate: 0.5 }];
    await writeFile(policy, JSON.stringify({ currencies: { shop: 'EUR', rates } }));
    vi.stubEnv('TEMPER_POLICY', policy);
    try {
      await temper('features explain item.log_price');
    } finally {
      vi.unstubAllEnvs();
      await rm(path.dirname(policy), { recursive: true });
    }
    expect(out).toMatch(
      /multiIf\(currency IN \('', 'EUR'\), price, currency = 'USD' AND at >= .*, price \* 0\.5, NULL\) AS price/,
    );
  });

  it('says what there is where a name is wrong', async () => {
    await temper('features explain item.clicks');
    expect(process.exitCode).toBe(1);
    expect(err).toMatch(/INPUT_INVALID.*item\.clicks\.1d.*got item\.clicks\./s);
  });
});
