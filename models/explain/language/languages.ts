import { DE } from './de.ts';
import { EN } from './en.ts';
import { ES } from './es.ts';
import { FR } from './fr.ts';
import { JA } from './ja.ts';
import type { Phrases } from './phrases.ts';
import { ZH } from './zh.ts';

/** The languages in which lists are explained, by their ISO 639 codes. */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'zh', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

export const PHRASES: Readonly<Record<Language, Phrases>> = { en: EN, de: DE, fr: FR, es: ES, zh: ZH, ja: JA };

/** The first of these tags (BCP 47, such as de-CH) whose language Temper speaks; English where none is. */
export function languageOf(...tags: readonly (string | undefined)[]): Language {
  const codes = tags.map(tag => tag?.toLowerCase().split('-')[0]);
  return codes.find((code): code is Language => LANGUAGES.includes(code as Language)) ?? 'en';
}
