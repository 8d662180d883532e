import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { build } from '../../../cli/main.ts';
import { asyncapi, messagesOf } from '../../../cli/reference/asyncapi.ts';
import { referencePage } from '../../../cli/reference/page.ts';
import { VERSION } from '../../../cli/version.ts';
import { TOPICS, type TopicName } from '../../../streams/graph.ts';
import { validatorsOf } from './validators.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const topics = Object.keys(TOPICS) as TopicName[];

describe('docs/asyncapi.json', () => {
  it('is what the schemas and the job graph say', async () => {
    await expect(`${JSON.stringify(asyncapi(VERSION), null, 2)}\n`).toMatchFileSnapshot('../../../docs/asyncapi.json');
  });

  it('is an AsyncAPI document, by its own schema', () => {
    const schema = JSON.parse(
      readFileSync(path.join(root, 'node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json'), 'utf8'),
    );
    const ajv = new Ajv({ strict: false, allErrors: true, logger: false });
    formats.default(ajv);
    const validate = ajv.compile(schema);
    validate(asyncapi(VERSION));
    expect(validate.errors).toBeNull();
    const broken = {
      ...asyncapi(VERSION),
      operations: { x: { action: 'shout', channel: { $ref: '#/channels/models' } } },
    };
    expect(validate(broken)).toBe(false);
  });

  it('has every topic, and each reference in it leads somewhere', () => {
    const document = asyncapi(VERSION) as { channels: object };
    expect(Object.keys(document.channels)).toEqual(topics);
    for (const [, ref] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const there = ref!.split('/').reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], document);
      expect(there, ref).toBeDefined();
    }
  });

  it.each(topics.filter(topic => messagesOf(topic).length > 0))('%s is taken and refused as by its schema', topic => {
    const validators = validatorsOf(asyncapi(VERSION));
    expect(validators.get(topic)!({ v: 2 })).not.toEqual([]);
  });
});

it('docs/reference.md is what the declarations say', async () => {
  await expect(referencePage(build())).toMatchFileSnapshot('../../../docs/reference.md');
});
