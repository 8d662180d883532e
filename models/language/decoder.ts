import { openSession, type SessionOptions, type Value, value } from '../graph/runtime.ts';
import type { Gguf } from './gguf.ts';
import { type LlamaSize, llama, nextName, pastName, sizeIn } from './llama.ts';

/** A decoder that is open. */
export interface Decoder {
  /** Tokens that it can have before it, those that it says included. */
  readonly places: number;
  begin(): State;
  /** The logits of what follows the last of the tokens, which come behind those that the state has; it has them then. */
  run(ids: readonly number[], state: State): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Keys and values of the tokens so far. */
export interface State {
  count: number;
  past: Record<string, Value>;
}

/** @throws MODEL_REFUSED */
export async function openDecoder(gguf: Gguf, most: number, options: SessionOptions = {}): Promise<Decoder> {
  const size = sizeIn(gguf);
  const places = Math.min(most, size.context);
  const session = await openSession(llama(gguf, size, places), options);
  return {
    places,
    begin: () => ({ count: 0, past: emptyPast(size) }),
    async run(ids, state) {
      const positions = BigInt64Array.from(ids, (_, n) => BigInt(state.count + n));
      const { logits, ...next } = await session.run({
        input_ids: value('int64', BigInt64Array.from(ids, BigInt), [ids.length]),
        positions: value('int64', positions, [ids.length]),
        ...state.past,
      });
      state.count += ids.length;
      state.past = followed(next, size.layers);
      return logits!.data as Float32Array;
    },
    release: () => session.release(),
  };
}

function emptyPast({ layers, shared, width, heads }: LlamaSize): Record<string, Value> {
  const none = () => value('float32', new Float32Array(0), [shared, 0, width / heads]);
  return Object.fromEntries(eachPast(layers).map(({ kind, layer }) => [pastName(kind, layer), none()]));
}

function followed(next: Readonly<Record<string, Value>>, layers: number): Record<string, Value> {
  return Object.fromEntries(
    eachPast(layers).map(({ kind, layer }) => [pastName(kind, layer), next[nextName(kind, layer)]!]),
  );
}

function eachPast(layers: number) {
  return Array.from({ length: layers }, (_, layer) => layer).flatMap(layer =>
    (['key', 'value'] as const).map(kind => ({ kind, layer })),
  );
}

export function greatest(numbers: Float32Array): number {
  let best = 0;
  for (let n = 1; n < numbers.length; n++) if (numbers[n]! > numbers[best]!) best = n;
  return best;
}
