import { createHash } from 'node:crypto';
import path from 'node:path';
import { readBytes } from '../encoders/files/bytes.ts';
import { readTorch } from '../encoders/files/torch.ts';
import { graphOf } from '../graph/graph.ts';
import { openSession, type SessionOptions, value } from '../graph/runtime.ts';
import { efficientNetLite0, SIDE } from './efficientnet.ts';
import { meanDirection } from './mean.ts';
import { PIXELS, squaresOf } from './pixels.ts';

export interface ImageEncoder {
  /** Its name, and 8 digits of the hash of what determines its vectors. */
  readonly id: string;
  /** How many numbers a vector has. */
  readonly width: number;
  /**
   * @param pictures the bytes of JPEG, PNG or WebP files
   * @returns a vector of length 1 for each, so that their products are cosines
   * @throws INPUT_INVALID where one cannot be read; `where` says which, counted from 0
   */
  vectors(pictures: readonly Uint8Array[]): Promise<Float32Array[]>;
  release(): Promise<void>;
}

/** Pictures of a run: with more, a picture gets no cheaper, only the memory larger. */
const BATCH = 8;

/**
 * Opens EfficientNet-Lite0 from its directory of `temper models`. Runs block the thread: where others wait for it,
 * encode in a process of its own.
 *
 * @throws MODEL_REFUSED where it is not there, or cannot be used
 */
export async function openImageEncoder(directory: string, options: SessionOptions = {}): Promise<ImageEncoder> {
  const file = path.join(directory, 'model.pth');
  const { vector } = efficientNetLite0(await readTorch(file)).outputs;
  const session = await openSession(graphOf({ vector: vector! }), options);
  const width = Number(vector!.shape[1]);

  const run = async (squares: readonly Float32Array[]) => {
    const pixels = new Float32Array(squares.length * squares[0]!.length);
    for (const [place, square] of squares.entries()) pixels.set(square, place * square.length);
    const found = await session.run({ pixels: value('float32', pixels, [squares.length, 3, SIDE, SIDE]) });
    const rows = found.vector!.data as Float32Array;
    return squares.map((_, place) => rows.slice(place * width, (place + 1) * width));
  };

  return {
    id: `efficientnet-lite0@${await fingerprint(file)}`,
    width,
    async vectors(pictures) {
      const found: Float32Array[] = [];
      for (let at = 0; at < pictures.length; at += BATCH) {
        const squares = await Promise.all(
          pictures.slice(at, at + BATCH).map((picture, place) => squaresOf(picture, SIDE, `picture ${at + place}`)),
        );
        const rows = await run(squares.flat());
        for (const { length } of squares) found.push(meanDirection(rows.splice(0, length)));
      }
      return found;
    },
    release: () => session.release(),
  };
}

async function fingerprint(file: string): Promise<string> {
  const hash = createHash('sha256')
    .update(await readBytes(file))
    .update(PIXELS);
  return hash.digest('hex').slice(0, 8);
}
