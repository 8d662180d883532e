/** What a seller, or a mistake, does to a text: pure, and the same again from the same seed. */
export type TextAttack = (text: string, seed: number) => string;

/** Words and what stands between them, in turns. */
export function pieces(text: string): string[] {
  return text.split(/([\p{L}\p{N}\p{M}]+)/u);
}

/** The text with some of its words, those at the odd places of `pieces`, in another form. */
export function changeWords(text: string, change: (word: string) => string): string {
  return pieces(text)
    .map((piece, at) => (at % 2 === 1 ? change(piece) : piece))
    .join('');
}
