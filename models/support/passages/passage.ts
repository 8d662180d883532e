/**
 * What an answer may be made of. `policy`: written by the shop, for everybody. `product`: of the catalogue, which may
 * come from suppliers, and so speaks for that product alone. `order`: what this very user bought or sent back.
 */
export type PassageKind = 'policy' | 'product' | 'order';

/** A piece of a source that can be cited. */
export interface Passage {
  /** Names it in answers: `policy:returns#refunds`, `product:teapot-1`, `order:e-1001`. */
  readonly id: string;
  readonly kind: PassageKind;
  readonly title: string;
  /** In which it is written, by ISO 639-1; undefined where it is made for the question, or too little tells. */
  readonly language?: string | undefined;
  readonly sentences: readonly string[];
}

/** All that it says, its title first. */
export function textOf({ title, sentences }: Passage): string {
  return [title, ...sentences].join('\n');
}
