import { detect } from 'tinyld';

/** Languages in which Temper has sentences of its own; in any other, it speaks the first. */
export const SPOKEN = ['en', 'de', 'fr', 'es'] as const;
export type Spoken = (typeof SPOKEN)[number];

/** The language of a text by ISO 639-1, or undefined where too little of it tells. */
export function languageOf(text: string): string | undefined {
  return detect(text) || undefined;
}

/** Whether somebody who writes in one language is answered in the other; if either is not told, nothing speaks against it. */
export function mayRead(language: string | undefined, written: string | undefined): boolean {
  const isSpoken = SPOKEN.some(each => each === language);
  return !isSpoken || written === undefined || written === language;
}

/** What a language is called in another. */
export function languageIn(spoken: Spoken, language: string): string {
  return new Intl.DisplayNames(spoken, { type: 'language' }).of(language) ?? language;
}

/** In which language somebody who writes in this one is answered. */
export function spokenTo(language: string | undefined): Spoken {
  return SPOKEN.find(each => each === language) ?? SPOKEN[0];
}
