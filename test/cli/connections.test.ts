import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
/** What opens a connection to a service, by the module that has it, and what each call hands on of the configuration. */
const OPENERS = [
  { from: 'streams/kafka/connect.ts', call: /(?<![.\w])connect\(/g, hands: /access/ },
  { from: 'schemas/clickhouse.ts', call: /(?<![.\w])openStore\(/g, hands: /clickhouseTls/ },
  { from: 'workflows/clients/client.ts', call: /(?<![.\w])openClient\(/g, hands: /access/ },
];

/** From a call's parenthesis to the one that closes it. */
function argumentsAt(text: string, from: number): string {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '(') depth++;
    if (text[at] === ')' && --depth === 0) return text.slice(from, at + 1);
  }
  return text.slice(from);
}

it.each(OPENERS)(
  'whoever opens a connection by $from says how it is encrypted, and as whom',
  ({ from, call, hands }) => {
    const files = ['cli', 'console'].flatMap(room =>
      readdirSync(path.join(root, room), { recursive: true, encoding: 'utf8' })
        .filter(name => name.endsWith('.ts'))
        .map(name => path.join(room, name)),
    );
    const calls = files.flatMap(file => {
      const text = readFileSync(path.join(root, file), 'utf8');
      if (!text.includes(`${from}'`)) return [];
      return [...text.matchAll(call)].map(({ index, 0: found }) => ({
        file,
        said: argumentsAt(text, index + found.length - 1),
      }));
    });
    expect(calls.length).toBeGreaterThan(2);
    expect(calls.filter(({ said }) => !hands.test(said))).toEqual([]);
  },
);
