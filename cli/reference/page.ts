import type { Argument, Command } from 'commander';
import { SECRETS } from '../../schemas/settings/connections.ts';
import { describeConfig } from '../../schemas/settings/environment.ts';
import { JOBS, TOPICS, type TopicName } from '../../streams/graph.ts';
import { keeping, messagesOf, SPECS } from './asyncapi.ts';
import { fieldsOf } from './fields.ts';
import { tablesOf } from './tables.ts';

/** docs/reference.md: what the declarations say of topics, settings, tables and commands, so that no page can differ from them. */
export function referencePage(program: Command): string {
  return [
    INTRODUCTION,
    '## Topics',
    'Values are JSON, but for the packed ones. Unknown fields are ignored. [asyncapi.json](asyncapi.json) says the same to programs.',
    ...(Object.keys(TOPICS) as TopicName[]).map(topicSection),
    '## Settings',
    `Environment variables. A secret may stand in a file instead, which the variable with \`_FILE\` behind its name names: ${SECRETS.map(name => `\`${name}\``).join(', ')}.`,
    settings(),
    '## Tables',
    "ClickHouse's, as the migrations of schemas/tables.ts leave them. `topic`, `partition` and `offset` say from which record a row is. `event_marks` is a view: [operations.md](operations.md#asking-clickhouse).",
    ...[...tablesOf()].map(
      ([table, columns]) =>
        `### ${table}\n\n${filledBy(table)}${columns.map(({ name, type }) => `\`${name}\` ${type}`).join(', ')}`,
    ),
    '## Commands',
    'Results go to standard output, everything else to standard error. Exit code 0: done; 1: failed, or the answer is no; 2: called wrongly.',
    ...commands(program, []),
  ]
    .join('\n\n')
    .concat('\n');
}

const INTRODUCTION = `# Reference

Written from the schemas, the job graph, the settings, the migrations and the commands by \`npm run docs:reference\`; a test
holds this page to them. [concepts.md](concepts.md) says what the words mean.`;

const BY_THE_SHOP = /^(shop\.|rank\.requests$|raw\.(events|requests)$)/;

function topicSection(topic: TopicName): string {
  const { key, limit_bytes } = TOPICS[topic];
  const who = (verb: 'reads' | 'follows' | 'writes') =>
    Object.entries(JOBS).flatMap(([job, declared]) =>
      (declared[verb] as readonly string[]).includes(topic) ? [job] : [],
    );
  const [writers, readers, followers] = [who('writes'), who('reads'), who('follows')];
  const facts = [
    `key: ${key}`,
    keeping(topic),
    `up to ${limit_bytes.toLocaleString('en')} bytes`,
    `written by ${[...(BY_THE_SHOP.test(topic) ? ['the shop'] : []), ...writers].join(', ')}`,
    ...(readers.length > 0 ? [`read by ${readers.join(', ')}`] : []),
    ...(followers.length > 0 ? [`held by ${followers.join(', ')}`] : []),
  ];
  const told = Object.entries(SPECS.get(topic)!.config).map(([name, value]) => `\`${name}=${value}\``);
  return `### ${topic}\n\n${facts.join('; ')}. The broker is told ${told.join(', ')}.\n\n${fieldsOf(messagesOf(topic))}`;
}

function settings(): string {
  const rows = describeConfig().map(({ name, meaning }) => `| \`${name}\` | ${meaning.replaceAll('|', '\\|')} |`);
  return ['| variable | meaning |', '| --- | --- |', ...rows].join('\n');
}

function filledBy(table: string): string {
  const jobs = Object.entries(JOBS).flatMap(([job, { fills }]) =>
    (fills as readonly string[]).includes(table) ? [job] : [],
  );
  return jobs.length > 0 ? `Filled by ${jobs.join(', ')}. ` : '';
}

/** A command and those below it, each with its arguments and options. */
function commands(command: Command, above: readonly string[]): string[] {
  const path = [...above, command.name()];
  const below = command.commands.flatMap(each => commands(each, path));
  if (above.length === 0) return below;
  const given = command.registeredArguments.map(argumentOf).join('');
  const options = command.options.map(({ flags, description, defaultValue, defaultValueDescription, argChoices }) => {
    const plain = ['string', 'number', 'boolean'].includes(typeof defaultValue);
    const rest = [
      ...(argChoices ? [`one of ${argChoices.join(', ')}`] : []),
      ...(plain ? [`default ${defaultValueDescription ?? defaultValue}`] : []),
    ];
    return `- \`${flags}\` ${[description, ...rest].join('; ')}`;
  });
  const list = options.length > 0 ? `\n\n${options.join('\n')}` : '';
  return [`### ${path.join(' ')}${given}\n\n${sentence(command.description())}${list}`, ...below];
}

function argumentOf(argument: Argument): string {
  const name = `${argument.name().toUpperCase()}${argument.variadic ? '...' : ''}`;
  return argument.required ? ` ${name}` : ` [${name}]`;
}

const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
