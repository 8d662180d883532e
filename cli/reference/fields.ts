import type { JsonSchema, TopicMessage } from './asyncapi.ts';

/** Messages as Markdown: a table of their fields; of several kinds what all have, then what each has beside it. */
export function fieldsOf(messages: readonly TopicMessage[]): string {
  const [first, ...others] = messages;
  if (!first) return 'Packed bytes; they may change with each version.';
  if (others.length === 0) return fieldTable(first.schema);
  const same = (name: string) =>
    new Set(messages.map(({ schema }) => JSON.stringify([schema.properties?.[name], needs(schema, name)]))).size === 1;
  const common = Object.keys(first.schema.properties ?? {}).filter(same);
  const own = messages.map(({ name, schema }) => {
    const rest = Object.entries(schema.properties ?? {}).filter(([field]) => !common.includes(field));
    const fields = rest
      .filter(([, { const: told }]) => told !== name)
      .map(([field, of]) => inline(field, of, needs(schema, field)));
    return `| \`${name}\` | ${fields.join(', ') || 'nothing else'} |`;
  });
  return [
    fieldTable(first.schema, common),
    '',
    '| kind | and beside it (needed ones in bold) |',
    '| --- | --- |',
    ...own,
  ].join('\n');
}

function fieldTable(schema: JsonSchema, only = Object.keys(schema.properties ?? {})): string {
  const rows = only.map(
    name => `| \`${name}\` | ${typeOf(schema.properties![name]!)} | ${needs(schema, name) ? 'yes' : ''} |`,
  );
  return ['| field | what it takes | needed |', '| --- | --- | --- |', ...rows].join('\n');
}

const needs = ({ required = [] }: JsonSchema, name: string): boolean => required.includes(name);

function inline(name: string, of: JsonSchema, needed: boolean): string {
  const field = `\`${name}\` (${typeOf(of)})`;
  return needed ? `**${field}**` : field;
}

/** A schema in words; `|` would end a cell of a table. */
export function typeOf(schema: JsonSchema): string {
  const words = bare(schema);
  return schema.default === undefined ? words : `${words}; default ${JSON.stringify(schema.default)}`;
}

function bare({
  type,
  const: value,
  enum: values,
  items,
  properties,
  additionalProperties,
  ...rest
}: JsonSchema): string {
  if (value !== undefined) return `\`${JSON.stringify(value)}\``;
  if (values) return values.map(each => `\`${JSON.stringify(each)}\``).join(' or ');
  if (Array.isArray(type)) return type.map(each => bare({ ...rest, type: each })).join(' or ');
  const either = rest.anyOf ?? rest.oneOf;
  if (either) return [...new Set(either.map(typeOf))].join(' or ');
  if (type === 'string') return text(rest);
  if (type === 'integer' || type === 'number') return number(type === 'integer' ? 'whole number' : 'number', rest);
  if (type === 'boolean') return 'true or false';
  if (type === 'null') return 'null';
  if (type === 'array') {
    const most = rest.maxItems === undefined ? '' : ` of at most ${rest.maxItems}`;
    return `list${most}: ${items && !Array.isArray(items) ? typeOf(items) : 'anything'}`;
  }
  if (type === 'object') {
    const fields = Object.keys(properties ?? {});
    if (fields.length > 0) return `object of ${fields.map(name => `\`${name}\``).join(', ')}`;
    return typeof additionalProperties === 'object' ? `map to ${typeOf(additionalProperties)}` : 'object';
  }
  return 'anything';
}

function text({ minLength, maxLength, pattern }: JsonSchema): string {
  const least = minLength === undefined || minLength === 0 ? '' : `${minLength} to `;
  const length = maxLength === undefined ? '' : ` of ${least || 'at most '}${maxLength} characters`;
  return `text${length}${pattern === undefined ? '' : ' of a certain form'}`;
}

function number(name: string, { minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonSchema): string {
  const from =
    minimum === undefined ? (exclusiveMinimum === undefined ? '' : ` above ${exclusiveMinimum}`) : ` from ${minimum}`;
  const most = maximum ?? exclusiveMaximum;
  const to = most === undefined || most === Number.MAX_SAFE_INTEGER ? '' : `${from === '' ? ' up' : ''} to ${most}`;
  return name + (from === ` from ${Number.MIN_SAFE_INTEGER}` ? '' : from) + to;
}
