import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { sha256Of } from '../models/registry/hash.ts';
import { TemperError } from '../schemas/errors.ts';
import { id } from '../schemas/topics/events.ts';
import type { Candidate } from './train-ranker.ts';

/** The files of a trained model. */
export interface CandidateFiles {
  model: Buffer;
  /** Those that it knows by their ids. */
  items: string[];
  tables?: Buffer;
}

/**
 * A trained model's file and what stands beside it, as training left them.
 *
 * @throws MODEL_REFUSED where they are not what was trained
 */
export async function readCandidate({ path, sha256, items, tables }: Candidate): Promise<CandidateFiles> {
  return {
    model: await readTrained({ path, sha256 }),
    items: items ? z.array(id).parse(JSON.parse((await readTrained(items)).toString('utf8'))) : [],
    ...(tables && { tables: await readTrained(tables) }),
  };
}

export async function readTrained({ path, sha256 }: { path: string; sha256: string }): Promise<Buffer> {
  const bytes = await readFile(path);
  if (sha256Of(bytes) === sha256) return bytes;
  throw new TemperError('MODEL_REFUSED', {
    where: path,
    expected: `the trained bytes, sha256 ${sha256}`,
    got: sha256Of(bytes),
  });
}
