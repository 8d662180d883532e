import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../../schemas/errors.ts';
import { writeWhole } from '../../whole-file.ts';
import { MANIFEST, type ModelFile, type ModelStore } from './store.ts';

/**
 * A registry in a directory: `<root>/<model>/` has `manifest.json` and the model's files under their names. Each file and
 * each model is made under another name and takes its place in one step of the file system.
 */
export function directoryStore(root: string): ModelStore {
  const at = (name: string) => path.join(root, name);
  return {
    where: root,
    read: (name, limit_bytes) => readWithin(at(name), limit_bytes),

    async create(name, bytes) {
      const draft = at(`.draft-${randomUUID()}`);
      await mkdir(path.dirname(at(name)), { recursive: true });
      try {
        await writeSynced(draft, bytes);
        return await took(link(draft, at(name))); // a rename would take the place of another one
      } finally {
        await rm(draft, { force: true });
      }
    },

    replace: (name, bytes) => writeWhole(at(name), [bytes]),

    modified_ms: name => stat(at(name)).then(({ mtimeMs }) => mtimeMs, absent),
    remove: folder => rm(at(folder), { recursive: true, force: true }),

    async list(folder) {
      return ((await readdir(at(folder)).catch(absent)) ?? []).sort();
    },

    async add(model, files, manifest) {
      const draft = at(`.draft-${randomUUID()}`);
      await mkdir(draft, { recursive: true });
      try {
        for (const { name, bytes } of files) await writeSynced(path.join(draft, name), bytes);
        await writeSynced(path.join(draft, MANIFEST), manifest);
        return await took(rename(draft, at(model)));
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
    },

    nameOf: (model: string, { name }: Pick<ModelFile, 'name'>) => `${model}/${name}`,
  };
}

async function readWithin(file: string, limit_bytes: number): Promise<Uint8Array | undefined> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK); // a pipe would be waited for
    try {
      const found = await handle.stat();
      if (found.isFile() && found.size <= limit_bytes) return await handle.readFile();
      const got = found.isFile() ? `${found.size}` : 'a directory, a device or a pipe';
      throw new TemperError('MODEL_REFUSED', { where: file, expected: `a file of at most ${limit_bytes} bytes`, got });
    } finally {
      await handle.close();
    }
  } catch (cause) {
    if (cause instanceof TemperError) throw cause;
    if (codeOf(cause) === 'ENOENT') return undefined;
    throw new TemperError('MODEL_REFUSED', { where: file, expected: 'a file that can be read', cause });
  }
}

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether a step of the file system got its place. */
async function took(step: Promise<void>): Promise<boolean> {
  try {
    await step;
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' || codeOf(error) === 'ENOTEMPTY') return false;
    throw error;
  }
}

function absent(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
