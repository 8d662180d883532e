import { random } from '../../../../models/random.ts';
import { phraseOf } from '../../../../models/retrieval/analyse.ts';
import type { LoggedSearch } from '../../../../models/search/learned/log.ts';
import { learnSynonyms } from '../../../../models/search/learned/synonyms.ts';
import { SearchOptions, type Synonym } from '../../../../schemas/topics/search.ts';
import { many, search, shopOf } from '../shop.ts';

/** Kinds of products by the shop's word, and by the one that people have for it. */
const KINDS = [
  ['sofa', 'couch'],
  ['notebook', 'laptop'],
  ['trousers', 'pants'],
  ['trainers', 'sneakers'],
  ['wardrobe', 'closet'],
  ['torch', 'flashlight'],
  ['jumper', 'sweater'],
  ['spectacles', 'glasses'],
  ['duvet', 'comforter'],
  ['bin', 'trash can'],
  ['hob', 'cooktop'],
  ['nappy', 'diaper'],
] as const;
const COLOURS = ['red', 'blue', 'green', 'black'];
const PER_KIND = 12;
const T0 = 1_700_000_000_000;

const SHOP = shopOf(
  Object.assign(
    {},
    ...KINDS.map(([own]) =>
      many(PER_KIND, `${own}-`, n => ({
        title: `${COLOURS[n % 4]} ${own} no ${n}`,
        category: `c ${own}`,
        attributes: { colour: COLOURS[n % 4]! },
      })),
    ),
  ),
);

/**
 * Searches of users who each look for some kinds. Half of the time they have a word of their own; where it finds nothing,
 * two of three search again by the shop's word, one of ten for something else, and the others leave. One in five clicks by
 * mistake, on anything.
 */
export async function madeLog({ seed, users }: { seed: number; users: number }) {
  const { below, uniform } = random(seed);
  const log: LoggedSearch[] = [];
  const of = (kind: number) => `${KINDS[kind]![0]}-${below(PER_KIND)}`;
  for (let n = 0; n < users; n++) {
    const head = { user: `u${n}`, session: `s${n}` };
    let at_ms = T0 + n * 1_000;
    for (let turn = 0; turn < 1 + below(4); turn++) {
      const kind = below(KINDS.length);
      const colour = uniform() < 0.4 ? `${COLOURS[below(4)]} ` : '';
      const clicked = (meant: number) => [uniform() < 0.2 ? of(below(KINDS.length)) : of(meant)];
      const [own, theirs] = KINDS[kind]!;
      at_ms += 20_000;
      if (uniform() < 0.5) {
        log.push({ ...head, at_ms, query: colour + own, clicked: clicked(kind) });
        continue;
      }
      log.push({ ...head, at_ms, query: colour + theirs, clicked: [] });
      at_ms += 20_000;
      const then = uniform();
      if (then < 0.67) log.push({ ...head, at_ms, query: colour + own, clicked: clicked(kind) });
      const other = below(KINDS.length);
      if (then > 0.9) log.push({ ...head, at_ms, query: KINDS[other]![0], clicked: clicked(other) });
    }
  }
  const learned = await learnSynonyms(log);
  const isRight = ({ from, to }: Synonym) => KINDS.some(([own, theirs]) => phraseOf(theirs) === from && own === to);
  const right = learned.filter(isRight).length;
  return { learned, right, known: KINDS.length };
}

/** The share of the first ten that are of the kind that is meant, by words of the shop and by those of its people. */
export function searchedFor(synonyms: readonly Synonym[]): { own: number; theirs: number } {
  SHOP.learned.setSynonyms(synonyms);
  const understand = SearchOptions.parse({}).understand.filter(each => each !== 'rescue');
  const share = (word: 0 | 1) => {
    const found = KINDS.map(([own, theirs]) => {
      const { items } = search(SHOP, `red ${word === 0 ? own : theirs}`, { understand, facets: 0 });
      return items.filter(item => item.startsWith(`${own}-`)).length / 10;
    });
    return found.reduce((sum, each) => sum + each, 0) / found.length;
  };
  return { own: share(0), theirs: share(1) };
}
