/** Uniform in [0, 1). */
export type Random = () => number;

/** A stream of its own for every name, so that drawing more for one thing changes nothing for another (sfc32). */
export function createRandom(name: string): Random {
  let [a, b, c, d] = [fnv(`${name}/a`), fnv(`${name}/b`), fnv(`${name}/c`), 1];
  const next = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return (t >>> 0) / 2 ** 32;
  };
  for (let warm = 0; warm < 12; warm++) next();
  return next;
}

/** Mean 0, deviation 1 (Box and Muller). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function exponential(mean: number, random: Random): number {
  return -mean * Math.log(1 - random());
}

/** `count` different choices, each as likely as any other. */
export function sample<T>(choices: readonly T[], count: number, random: Random): T[] {
  return weighted(
    choices.map(choice => [choice, 1]),
    count,
    random,
  );
}

/** `count` different choices, drawn one after the other in proportion to their weights. */
export function weighted<T>(choices: readonly [choice: T, weight: number][], count: number, random: Random): T[] {
  const left = [...choices];
  const drawn: T[] = [];
  while (drawn.length < count && left.length > 0) {
    let mark = random() * left.reduce((sum, [, weight]) => sum + weight, 0);
    let at = -1;
    do mark -= left[++at]![1];
    while (mark >= 0 && at < left.length - 1);
    drawn.push(left.splice(at, 1)[0]![0]);
  }
  return drawn;
}

function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
