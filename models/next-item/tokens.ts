/** What of a product tells what it is. */
export interface Telling {
  category: string;
  brand?: string | undefined;
  title: string;
  description?: string | undefined;
  attributes?: Readonly<Record<string, string>> | undefined;
}

/** The tokens by which a product is known where its id says nothing, the most telling first. */
export function tokensOf({ category, brand, title, description = '', attributes = {} }: Telling): string[] {
  const named = Object.entries(attributes).map(([name, value]) => `${name} ${value.toLowerCase()}`);
  const words = `${title} ${description}`.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return [
    `category ${category}`,
    ...(brand ? [`brand ${brand}`] : []),
    ...named.sort(),
    ...[...new Set(words)].map(word => `word ${word}`),
  ];
}
