/**
 * Where a registry keeps its files: a directory, or a bucket. Names are paths with `/`. What is created stays as it is;
 * the registry asks for little else of a store, so that whatever can create a file once can hold one.
 */
export interface ModelStore {
  /** For messages. */
  readonly where: string;
  /**
   * @returns nothing where there is no such file
   * @throws MODEL_REFUSED where it is larger than that
   */
  read(name: string, limit_bytes: number): Promise<Uint8Array | undefined>;
  /**
   * Puts a file where there is none, whole or not at all.
   *
   * @returns false where there is one: of any number that try at once, one gets true
   */
  create(name: string, bytes: Uint8Array): Promise<boolean>;
  /** Puts a file, also in place of another. */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  /** When a file was put, by the store's clock; nothing where there is none. */
  modified_ms(name: string): Promise<number | undefined>;
  /** Removes a folder of files, where there is one. Nothing of a model is ever removed. */
  remove(folder: string): Promise<void>;
  /** Names within a folder, also of folders; sorted. The empty name is that of all. None where there is no such folder. */
  list(folder: string): Promise<string[]>;
  /**
   * Puts a model with its files and its manifest: there whole or not at all.
   *
   * @returns false where there is a model of this name
   */
  add(model: string, files: readonly ModelFile[], manifest: Uint8Array): Promise<boolean>;
  /** The name under which a file of a model lies. */
  nameOf(model: string, file: Omit<ModelFile, 'bytes'>): string;
}

export interface ModelFile {
  name: string;
  /** In hex. */
  sha256: string;
  bytes: Uint8Array;
}

export const MANIFEST = 'manifest.json';
