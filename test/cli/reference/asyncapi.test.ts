import { describe, expect, it } from 'vitest';
import { build } from '../../../cli/main.ts';
import { asyncapi, messagesOf } from '../../../cli/reference/asyncapi.ts';
import { referencePage } from '../../../cli/reference/page.ts';
import { VERSION } from '../../../cli/version.ts';
import { TOPICS, type TopicName } from '../../../streams/graph.ts';
import { validatorsOf } from './validators.ts';

const topics = Object.keys(TOPICS) as TopicName[];

describe('docs/asyncapi.json', () => {
  it('is what the schemas and the job graph say', async () => {
    await expect(`${JSON.stringify(asyncapi(VERSION), null, 2)}\n`).toMatchFileSnapshot('../../../docs/asyncapi.json');
  });

  it('has every topic, and each reference in it leads somewhere', () => {
    const document = asyncapi(VERSION) as { channels: object };
    expect(Object.keys(document.channels)).toEqual(topics);
    for (const [, ref] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const there = ref!.split('/').reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], document);
      expect(there, ref).toBeDefined();
    }
  });

  it('refuses of every topic what its schema refuses', () => {
    const validators = validatorsOf(asyncapi(VERSION));
    const withMessages = topics.filter(topic => messagesOf(topic).length > 0);
    for (const topic of withMessages) expect(validators.get(topic)!({ v: 2 }), topic).not.toEqual([]);
  });
});

it('docs/reference.md is what the declarations say', async () => {
  await expect(referencePage(build())).toMatchFileSnapshot('../../../docs/reference.md');
});
