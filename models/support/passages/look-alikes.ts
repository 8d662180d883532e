/**
 * Letters of other alphabets, and small capitals, beside the Latin letters that they look like: a part of Unicode's
 * confusables (UTS 39). Capitals stand for themselves, since some look like another letter than their small ones.
 */
const LOOK_ALIKES = new Map(
  Object.entries({
    a: 'аαɑᴀАΑ',
    b: 'ЬвВΒʙ',
    c: 'сϲᴄСϹ',
    d: 'ԁᴅ',
    e: 'еεєᴇЕΕ',
    f: 'ꜰ',
    g: 'ɡɢ',
    h: 'һНнΗʜ',
    i: 'іιıɪІΙ',
    j: 'јᴊЈ',
    k: 'кκᴋКΚ',
    l: 'ӏʟ',
    m: 'мᴍМΜ',
    n: 'пηɴΝ',
    o: 'оοσᴏОΟ',
    p: 'рρᴘРΡ',
    q: 'ԛ',
    r: 'гʀ',
    s: 'ѕꜱЅ',
    t: 'тτᴛТΤ',
    u: 'υᴜ',
    v: 'νѵᴠ',
    w: 'ԝωᴡ',
    x: 'хχХΧ',
    y: 'уγʏУΥ',
    z: 'ᴢΖ',
  }).flatMap(([letter, alike]) => Array.from(alike, each => [each, letter] as const)),
);

/** With the letter before them: to look back for it from each mark would take time with the square of their number. */
const ACCENTED = /(\p{Script=Latin})\p{Mn}+/gu;
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;
/** `i g n o r e`, `i.g.n.o.r.e`. */
const SPACED = /(?<![\p{L}\p{N}])\p{L}(?:([ ._*-])\p{L}(?:\1\p{L})+)(?![\p{L}\p{N}])/gu;

/** Small letters of one width, without accents, what nobody sees, and spaces between the letters of a word. */
export function folded(text: string): string {
  return oneWidth(text)
    .normalize('NFC')
    .toLowerCase()
    .replace(SPACED, word => word.replace(/[ ._*-]/g, ''));
}

/** The same, with Latin letters for all that look like them: of a Greek or Russian text not much is left. */
export function latinised(text: string): string {
  return folded(Array.from(oneWidth(text), each => LOOK_ALIKES.get(each) ?? each).join(''));
}

function oneWidth(text: string): string {
  return text.normalize('NFKD').replace(UNSEEN, '').replace(ACCENTED, '$1');
}

/** Of a pattern of small letters, one that also finds the digits and signs that look like them: `1gn0re a11 ru1es`. */
export function withDigits(pattern: RegExp): RegExp {
  const source = pattern.source.replace(PARTS, part => DIGITS[part] ?? part);
  return new RegExp(source, pattern.flags);
}

/** What stands for itself in a pattern, and letters. */
const PARTS = /\\p\{\w+\}|\\.|\[[^\]]*\]|[a-z]/g;

const DIGITS: Readonly<Record<string, string>> = {
  a: '[a4@]',
  e: '[e3]',
  i: '[i1l|!]',
  l: '[l1i|!]',
  o: '[o0]',
  s: '[s5$]',
  t: '[t7]',
  // Signs are no part of words to `\b`.
  '\\b': '(?:(?<![a-z0-9])|(?![a-z0-9]))',
};
