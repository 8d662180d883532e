import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');

// With `--omit dev` npm leaves out what a tool needs, too, such as the client of Temporal.
it('the list of packages for scanners has all that Temper depends on, in the version that is pinned', async () => {
  const { stdout } = await execa('npm', ['run', '--silent', 'sbom'], { cwd: ROOT });
  const { components } = JSON.parse(stdout) as { components: { purl: string; hashes?: unknown[] }[] };
  const listed = new Set(components.map(({ purl }) => decodeURIComponent(purl)));
  const { dependencies } = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
  for (const [name, version] of Object.entries(dependencies)) expect(listed).toContain(`pkg:npm/${name}@${version}`);
  expect(components.every(({ hashes }) => hashes !== undefined)).toBe(true);
});
