import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

interface Package {
  version: string;
  license?: string;
  dev?: boolean;
  resolved?: string;
  integrity?: string;
  hasInstallScript?: boolean;
}

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
const { packages } = read('package-lock.json') as { packages: Record<string, Package> };
const manifest = read('package.json');
const installed = Object.entries(packages).filter(([place]) => place !== '');
const nameOf = (place: string) => place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length);

/** Licences under which a library may stand beside Apache-2.0 without conditions on what uses it. */
const FREE = [
  'MIT',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'CC0-1.0',
  'BlueOak-1.0.0',
  'Python-2.0',
  'Unlicense',
];

/** All others, each with why it may be here. */
const LOOKED_AT: readonly { name: RegExp; why: string }[] = [
  { name: /^@img\/sharp-/, why: 'LGPL: libvips, a library of its own beside sharp, which anybody may exchange' },
  { name: /^lightningcss/, why: "MPL: vite's, when the console is built; its files are unchanged" },
  { name: /^caniuse-lite$/, why: 'CC-BY: a table of browsers by which workflow code is bundled; it is not passed on' },
  { name: /^unionfs$/, why: 'its manifest says nothing, its LICENSE is the Unlicense' },
  { name: /^usearch$/, why: 'Apache-2.0, written in another way' },
];

describe('what is installed from npm', () => {
  it('comes from the registry that npm is set to, by its hash', () => {
    const elsewhere = installed.filter(([, { resolved }]) => resolved !== undefined);
    expect(elsewhere.map(([place]) => place)).toEqual([]);
    expect(installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([place]) => place)).toEqual(
      [],
    );
  });

  it('is asked for by exact versions', () => {
    const wanted: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies };
    expect(Object.entries(wanted).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('runs no script of its own when it is installed', () => {
    const withScripts = installed
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([place]) => nameOf(place));
    const refused = Object.entries<boolean>(manifest.allowScripts).filter(([, allowed]) => !allowed);
    expect(withScripts.filter(name => !refused.some(([each]) => each === name) && name !== 'fsevents')).toEqual([]);
  });

  it('has a licence that was looked at', () => {
    const free = (license = '') =>
      license
        .replace(/[()]/g, '')
        .split(/ (?:OR|AND) /)
        .every(each => FREE.includes(each));
    const others = installed.filter(([, { license }]) => !free(license)).map(([place]) => nameOf(place));
    expect(others.filter(name => !LOOKED_AT.some(each => each.name.test(name)))).toEqual([]);
    expect(LOOKED_AT.filter(({ name }) => !others.some(other => name.test(other)))).toEqual([]);
  });
});
