import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import type { ImageEncoder } from '../../../models/images/encoder.ts';
import { type View, viewOf } from '../../../models/images/pixels.ts';
import { TemperError } from '../../../schemas/errors.ts';

/** Pictures with what is on them, and the bytes of their files. */
export interface Pictures {
  readonly files: readonly Uint8Array[];
  /** [pictures], places in the names of the labels. */
  readonly labels: Int32Array;
}

const Row = z.object({ file: z.string().min(1), split: z.string().min(1), label: z.string().min(1) });
type Row = z.infer<typeof Row>;

/** Data with a `labels.csv` of file, split and label, the files below `img`. */
export interface LabelledPictures {
  /** Those of the training part, sorted. */
  readonly names: readonly string[];
  /** A part is read when it is asked for. A label that training lacks is -1. */
  read(split: string): Promise<Pictures>;
}

/**
 * @param train the part that says which labels there are
 * @param test another part, which must be there too
 * @throws INPUT_INVALID where files are missing or not as described, DATA_INSUFFICIENT where a part is empty
 */
export function openPictures(directory: string, train: string, test: string): LabelledPictures {
  const rows = rowsOf(path.join(directory, 'labels.csv'));
  const partOf = (split: string) => {
    const part = rows.filter(row => row.split === split);
    if (part.length > 0) return part;
    const got = [...new Set(rows.map(row => row.split))].join(', ') || 'no row';
    throw new TemperError('DATA_INSUFFICIENT', { where: directory, expected: `pictures of the split ${split}`, got });
  };
  const names = [...new Set(partOf(train).map(({ label }) => label))].sort();
  partOf(test);
  return {
    names,
    async read(split) {
      const part = partOf(split);
      const files = await Promise.all(part.map(({ file }) => readPicture(directory, file)));
      return { files, labels: Int32Array.from(part, ({ label }) => names.indexOf(label)) };
    },
  };
}

function rowsOf(file: string): Row[] {
  try {
    return z.array(Row).parse(parse(readFileSync(file), { columns: true, bom: true, skip_empty_lines: true }));
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where: file, expected: 'a CSV of file,split,label', cause });
  }
}

async function readPicture(directory: string, file: string): Promise<Uint8Array> {
  const place = path.join(directory, 'img', file);
  return await readFile(place).catch((cause: unknown) => {
    throw new TemperError('INPUT_INVALID', { where: place, expected: 'a picture of labels.csv', cause });
  });
}

/** A part of the data with the vectors of its pictures, and of these in the mirror: [pictures, width] each. */
export interface Encoded extends Pictures {
  readonly straight: Float32Array;
  readonly mirrored: Float32Array;
}

const PART = 256;

/**
 * Vectors of many pictures, row by row, saying now and then how far it is.
 *
 * @param view of the picture at a place, if another one is wanted
 */
export async function encodePictures(
  encoder: ImageEncoder,
  files: readonly Uint8Array[],
  onProgress: (done: number) => void,
  view?: (place: number) => View,
): Promise<Float32Array> {
  const vectors = new Float32Array(files.length * encoder.width);
  for (let at = 0; at < files.length; at += PART) {
    const part = files.slice(at, at + PART);
    const seen = view ? await Promise.all(part.map((file, place) => viewOf(file, view(at + place)))) : part;
    for (const [place, vector] of (await encoder.vectors(seen)).entries()) {
      vectors.set(vector, (at + place) * encoder.width);
    }
    onProgress(at + part.length);
  }
  return vectors;
}
