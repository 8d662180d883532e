/**
 * The terms of a text, in order, as an index of words and its queries see them.
 *
 * - One form of what looks alike: compatibility forms, case, and accents of Latin letters (`Café` is `cafe`).
 * - What is written with joints is one term and also its parts, so that `wi-fi`, `wifi` and `wi fi` meet, and `DDR4-2666`
 *   is found by `2666`. Decimals stay whole.
 * - Words that touch numbers are split as well (`iphone7`, `500GB`), except where a letter stands alone: `006R90321` and
 *   `i7` are codes and stay whole.
 * - A number with its unit is one term and also both, whether or not a space stands between them: `4 GB` is `4gb`, `15.6"` is
 *   `15.6-inch`.
 * - English plurals become singulars (Harman, "How effective is suffixing?", 1991, the S stemmer), and no more: to a shop,
 *   `gaming` and `games` are different things.
 */
export function analyse(text: string): string[] {
  return Array.from(folded(text).matchAll(CHUNK), ([chunk, number, unit]) =>
    number === undefined ? termsOf(chunk) : quantity(number, unit!),
  ).flat();
}

/** Units that stand behind numbers, beside inches, which are written in many ways. */
const UNITS = new Set(
  'kb mb gb tb hz khz mhz ghz w kw wh v kv va ma mah ah mm cm m km mg g kg ml cl l db dpi ppi ppm rpm fps mp px'.split(
    ' ',
  ),
);
/** As they look in their compatibility forms, in which the sign of inches is two of feet. */
const INCHES = `["”]|′′|''|inch(?:es)?`;
const QUANTITY = String.raw`(?<![\p{L}\p{N}])(\p{N}+(?:[.,]\p{N}+)*)[\s-]?(${[...UNITS].join('|')}|${INCHES})(?![-_./'’+]?[\p{L}\p{N}])`;
const INCH = new RegExp(`^(?:${INCHES})$`, 'u');
const JOINED = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:[-_./'’+][\p{L}\p{N}][\p{L}\p{N}\p{M}]*|,\p{N}+)*/u;
const CHUNK = new RegExp(`${QUANTITY}|${JOINED.source}`, 'gu');
const PART = /\p{N}+(?:[.,]\p{N}+)+(?![\p{L}\p{N}])|[\p{L}\p{N}\p{M}]+/gu;
const RUN = /\p{N}+|[\p{L}\p{M}]+/gu;
/** With the letter before them: to look back for it from each mark would take time with the square of their number. */
const ACCENTED = /(\p{Script=Latin})\p{Mn}+/gu;
const POSSESSIVE = /['’]s$/u;
/** The first that fits is the only one that is applied. */
const PLURALS: readonly [RegExp, string][] = [
  [/(?<![ae])ies$/, 'y'],
  [/(?<![aeo])es$/, 'e'],
  [/(?<![us])s$/, ''],
];
const ENGLISH = /^[a-z]{3,}$/;

/** One form of a phrase, whatever its case, accents and plurals; empty where it has no words. */
export function phraseOf(text: string): string {
  return analyse(text).join(' ');
}

/** Whether a number before this makes a quantity. */
export function isUnit(word: string): boolean {
  return UNITS.has(word) || INCH.test(word);
}

function folded(text: string): string {
  return text.normalize('NFKD').replace(ACCENTED, '$1').normalize('NFC').toLowerCase();
}

function quantity(number: string, unit: string): string[] {
  const known = UNITS.has(unit) ? unit : 'inch';
  return [number + known, number, known];
}

function termsOf(chunk: string): string[] {
  const parts = chunk.replace(POSSESSIVE, '').match(PART) ?? [];
  const terms = parts.flatMap(withRuns);
  return parts.length > 1 ? [stemmed(parts.join('')), ...terms] : terms;
}

/** A part, and its words and numbers where none of the words is a single letter. */
function withRuns(part: string): string[] {
  const runs = part.match(RUN)!;
  const isCode = runs.some(run => run.length === 1 && !/\p{N}/u.test(run));
  const isOne = runs.length === 1 || /[.,]/.test(part);
  return isOne || isCode ? [stemmed(part)] : [part, ...runs.map(stemmed)];
}

function stemmed(word: string): string {
  const [ending, singular] = (ENGLISH.test(word) && PLURALS.find(([plural]) => plural.test(word))) || [];
  return ending === undefined ? word : word.replace(ending, singular!);
}
