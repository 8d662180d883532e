import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const WORKFLOWS = path.resolve(import.meta.dirname, '../../workflows');

/**
 * The ways that runs go at the patches in the workflows' code, and where a call does not say at which. Behind
 * `deprecatePatch` there is no old one.
 */
export function waysInCode(): { ways: string[]; unnamed: string[] } {
  const [ways, unnamed]: [Set<string>, string[]] = [new Set(), []];
  for (const file of readdirSync(WORKFLOWS, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))) {
    const text = readFileSync(path.join(WORKFLOWS, file), 'utf8');
    for (const [call, kind, argument] of text.matchAll(/\b(patched|deprecatePatch)\(([^)]*)\)/g)) {
      const name = /^'([^']+)'$/.exec(argument!)?.[1] ?? constantIn(text, argument!);
      if (!name) unnamed.push(`${file}: ${call}`);
      else for (const side of kind === 'patched' ? ['new', 'old'] : ['new']) ways.add(`${side} ${name}`);
    }
  }
  return { ways: [...ways].sort(), unnamed };
}

function constantIn(text: string, name: string): string | undefined {
  return /^[A-Z_]+$/.test(name) ? new RegExp(`const ${name} = '([^']+)'`).exec(text)?.[1] : undefined;
}
