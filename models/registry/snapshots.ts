import { open, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { TemperError } from '../../schemas/errors.ts';
import type { Config } from '../../schemas/settings/config.ts';
import type { Dataset } from '../ranker/dataset/dataset.ts';
import {
  type DatasetFile,
  datasetFile,
  hashesIn,
  readDataset,
  storedDataset,
  unpackDataset,
} from '../ranker/dataset/dataset-file.ts';
import { CHUNK_BYTES, readInto, writeWhole } from '../whole-file.ts';
import { modelsIn } from './store/place.ts';
import type { ModelStore } from './store/store.ts';

/** Within the registry. A folder is named by the content, and its files by which of how many pieces they are. */
const FOLDER = '.snapshots';

/**
 * Snapshots of examples by their content: files of a directory and, where models are elsewhere, in pieces beside these, so
 * that what a model was trained on can be read where that directory is not. One is there once all of its pieces are.
 */
export class Snapshots {
  readonly directory: string;
  readonly #registry: ModelStore | undefined;
  readonly #piece_bytes: number;

  constructor(directory: string, registry?: ModelStore, piece_bytes = CHUNK_BYTES) {
    this.directory = directory;
    this.#registry = registry;
    this.#piece_bytes = piece_bytes;
  }

  /** Puts one of the directory into the registry, but for what that has. */
  async keep(sha256: string): Promise<void> {
    if (!this.#registry) return;
    const there = new Set(await this.#registry.list(folderOf(sha256)));
    const file = await open(this.#file(sha256));
    try {
      const { size } = await file.stat();
      const of = Math.ceil(size / this.#piece_bytes);
      for (let n = 1; n <= of; n++) {
        if (there.has(nameOf(n, of))) continue;
        const from = (n - 1) * this.#piece_bytes;
        const piece = Buffer.alloc(Math.min(this.#piece_bytes, size - from));
        await readInto(piece, file, from);
        await this.#registry.create(`${folderOf(sha256)}/${nameOf(n, of)}`, piece);
      }
    } finally {
      await file.close();
    }
  }

  /** By their hashes, also what is there in part. */
  async list(): Promise<string[]> {
    const here = hashesIn(await readdir(this.directory).catch(() => []));
    const kept = (await this.#registry?.list(FOLDER)) ?? [];
    return [...new Set([...here, ...kept])].sort();
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.#touched_ms(sha256)) !== undefined || (await this.#pieces(sha256)) !== undefined;
  }

  /** When it was made, or read in the directory, where whoever reads it touches it; nothing where there is none of it. */
  async lastUsed_ms(sha256: string): Promise<number | undefined> {
    const touched_ms = await this.#touched_ms(sha256);
    if (touched_ms !== undefined) return touched_ms;
    const [piece] = (await this.#registry?.list(folderOf(sha256))) ?? [];
    return piece === undefined ? undefined : this.#registry!.modified_ms(`${folderOf(sha256)}/${piece}`);
  }

  /** Where something of it lies, for messages. */
  async where(sha256: string): Promise<string> {
    if (this.#registry && (await this.#touched_ms(sha256)) === undefined) return this.#kept(sha256);
    return datasetFile(path.basename(this.directory), sha256);
  }

  /**
   * The examples, in memory.
   *
   * @param content null for whoever wants to know what lies under this name, whatever it is
   * @returns nothing where there is none, or only a part
   * @throws as `readDataset`
   */
  async read(sha256: string, content: string | null = sha256): Promise<Dataset | undefined> {
    if ((await this.#touched_ms(sha256)) !== undefined) {
      return (await readDataset({ path: this.#file(sha256), sha256: content })).dataset;
    }
    const bytes = await this.#bytes(sha256);
    return bytes && unpackDataset(bytes, { path: this.#kept(sha256), sha256: content }).dataset;
  }

  /**
   * The file: that of the directory, or else what the registry has, put into another directory. No erasure looks there, so
   * whoever asks removes it.
   *
   * @throws INPUT_INVALID where there is none
   */
  async file(sha256: string, other: string): Promise<DatasetFile> {
    if ((await this.#touched_ms(sha256)) !== undefined) return storedDataset(this.directory, sha256);
    const bytes = await this.#bytes(sha256);
    if (bytes) {
      const fetched = storedDataset(other, sha256);
      await writeWhole(fetched.path, [bytes]);
      return fetched;
    }
    const where = this.#registry ? `${this.#file(sha256)} and ${this.#kept(sha256)}` : this.#file(sha256);
    throw new TemperError('INPUT_INVALID', { where, expected: 'the examples that it was trained on', got: 'nothing' });
  }

  /** From everywhere; from the directory at last, so that whoever dies in between finds it again. */
  async remove(sha256: string): Promise<void> {
    await this.#registry?.remove(folderOf(sha256));
    await rm(this.#file(sha256), { force: true });
  }

  #file(sha256: string): string {
    return datasetFile(this.directory, sha256);
  }

  #kept(sha256: string): string {
    return `${folderOf(sha256)} in ${this.#registry?.where}`;
  }

  /** The time of the file in the directory, where there is one. */
  async #touched_ms(sha256: string): Promise<number | undefined> {
    return stat(this.#file(sha256)).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
  }

  /** The names of all pieces; nothing where one lacks, since somebody is at it, or died while he was. */
  async #pieces(sha256: string): Promise<string[] | undefined> {
    const names = (await this.#registry?.list(folderOf(sha256))) ?? [];
    return names.length > 0 && names.at(-1) === nameOf(names.length, names.length) ? names : undefined;
  }

  async #bytes(sha256: string): Promise<Buffer | undefined> {
    const names = await this.#pieces(sha256);
    if (!names) return undefined;
    const bytes = Buffer.from(new ArrayBuffer(names.length * this.#piece_bytes));
    let at = 0;
    for (const name of names) {
      const piece = await this.#registry!.read(`${folderOf(sha256)}/${name}`, this.#piece_bytes);
      if (!piece) return undefined; // it was removed meanwhile
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes.subarray(0, at);
  }
}

/** Those of the data directory. Where models lie there too, that is the one place; where they lie in a bucket, so do these. */
export function snapshotsIn(config: Pick<Config, 'dataDir' | 'registry'>): Snapshots {
  return new Snapshots(path.join(config.dataDir, 'snapshots'), config.registry && modelsIn(config));
}

const folderOf = (sha256: string): string => `${FOLDER}/${sha256}`;

/** Such as `0002-of-0007`: in the order of their names, and the last one tells how many there have to be. */
function nameOf(n: number, of: number): string {
  const padded = (number: number) => String(number).padStart(4, '0');
  return `${padded(n)}-of-${padded(of)}`;
}
