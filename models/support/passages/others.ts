/** Words for what is not this product: others, all of them, the shop and whoever sells beside it. */
const OTHERS = [
  /(?<!\p{L})(?:others?|another|else|elsewhere|competitors?|competing|rivals?|remaining|(?:our|this|the|these|any|every|online) (?:shops?|stores?|retailers?|sellers?|sites?|websites?)|(?:shop|store)['’]s|customer service)(?!\p{L})/iu,
  /(?<!\p{L})(?:ander(?:e[nmrs]?|weitig)|übrigen?|sonstigen?|restlichen?|konkurren\p{L}+|mitbewerber\p{L}*|(?:diese[rmns]?|unser\p{L}*|de[rmns]|im|jede[rmns]?) (?:online-?)?(?:shops?|ladens?|geschäfts?|händlers?|verkäufers?)|kundendienst)(?!\p{L})/iu,
  /(?<!\p{L})(?:autres?|ailleurs|concurren\p{L}+|(?:ce|cette|notre|la|le|du|chaque) (?:boutique|magasin|vendeur|site)|service client)(?!\p{L})/iu,
  /(?<!\p{L})(?:otr[oa]s?|demás|competencia|competidor\p{L}*|(?:est[ae]|nuestr[oa]|la|del?|el|cada) (?:tienda|vendedor|sitio)|atención al cliente)(?!\p{L})/iu,
];

const WORD = /\p{L}+/gu;

/**
 * Whether a sentence of a product's text speaks of something beside the product: of other products, of its whole kind
 * (`kettles` below the title `Steel kettle`), or of the shop. For these a product's text does not answer. It goes by
 * words, and so does not find all: nobody can tell by them of what `Everything else is dangerous` is said.
 *
 * @param title of the product
 */
export function speaksOfOthers(sentence: string, title: string): boolean {
  if (OTHERS.some(pattern => pattern.test(sentence))) return true;
  const named = new Set(wordsOf(title).filter(word => word.length > 2));
  return wordsOf(sentence).some(word => !named.has(word) && singulars(word).some(singular => named.has(singular)));
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(WORD) ?? [];
}

/** What a word is one of, if it is a plural: by how English, French and Spanish, and many German words make theirs. */
function singulars(word: string): string[] {
  return ['s', 'es', 'n', 'en'].flatMap(ending => (word.endsWith(ending) ? [word.slice(0, -ending.length)] : []));
}
