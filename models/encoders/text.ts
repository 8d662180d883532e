import { openSession, type SessionOptions, value } from '../graph/runtime.ts';
import { type Encoder, type Role, readEncoder } from './encoder.ts';

export interface TextEncoder {
  /** How many numbers a vector has. */
  readonly width: number;
  /**
   * @param role what the texts are; some encoders were trained with a word before each that says so
   * @param signal stops before the next run, of a few texts
   * @returns [texts, width], rows of length 1: their products are cosines
   * @throws the signal's reason
   */
  encode(texts: readonly string[], role?: Role, signal?: AbortSignal): Promise<Float32Array>;
  release(): Promise<void>;
}

export interface TextEncoderOptions extends SessionOptions {
  /** A longer text loses its end; as many as the encoder was trained on, if nothing is said. */
  maxTokens?: number;
}

/** Texts of a run. More do not make a text cheaper, and wait for the longest among them. */
const BATCH = 32;

/**
 * Opens an encoder, or the one at a place (see `readEncoder`). Runs block the thread: where others wait for it, encode
 * in a process of its own.
 *
 * @throws MODEL_REFUSED
 */
export async function openTextEncoder(
  from: string | Encoder,
  { maxTokens, ...options }: TextEncoderOptions = {},
): Promise<TextEncoder> {
  const encoder = typeof from === 'string' ? await readEncoder(from) : from;
  const session = await openSession(encoder.graph, options);
  const width = Number(encoder.graph.outputs.vector!.shape[1]);
  const longest = Math.min(maxTokens ?? encoder.maxTokens, encoder.maxTokens);

  return {
    width,
    async encode(texts, role = 'passage', signal) {
      const vectors = new Float32Array(texts.length * width);
      for (const rows of batches(texts)) {
        signal?.throwIfAborted();
        const { ids, mask, length } = encoder.tokenizer.encode(
          rows.map(row => encoder.prefixes[role] + texts[row]!),
          { maxTokens: longest },
        );
        const { vector } = await session.run({
          input_ids: value('int64', ids, [rows.length, length]),
          attention_mask: value('int64', mask, [rows.length, length]),
        });
        const found = vector!.data as Float32Array;
        for (const [place, row] of rows.entries()) {
          vectors.set(found.subarray(place * width, (place + 1) * width), row * width);
        }
      }
      return vectors;
    },
    release: () => session.release(),
  };
}

/** Numbers of texts, those of like length together, so that little is filled up. */
function batches(texts: readonly string[]): number[][] {
  const order = [...texts.keys()].sort((a, b) => texts[a]!.length - texts[b]!.length);
  return Array.from({ length: Math.ceil(order.length / BATCH) }, (_, batch) =>
    order.slice(batch * BATCH, (batch + 1) * BATCH),
  );
}
