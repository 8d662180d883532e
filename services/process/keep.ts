import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** What a file holds; if there is none, it is made now and kept, readable by this user alone. */
export function keepOnce(file: string, make: () => string): string {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, make(), { mode: 0o600 });
  try {
    // The file appears whole or not at all, and the first of two writers wins.
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8');
}
