import { parseArgs } from 'node:util';
import { printResult, progress, table } from '../../cli/output.ts';
import { tasteOf } from '../../models/features/taste.ts';
import { random } from '../../models/random.ts';
import { indexVectors } from '../../models/retrieval/vectors/exact.ts';
import type { RankRequest } from '../../schemas/topics/ranking.ts';
import { HOME } from '../../streams/surfaces/home.ts';
import type { Ask } from '../../streams/surfaces/lane.ts';
import { candidatesFor } from '../../streams/surfaces/surface.ts';
import { fillMemory } from '../retrieval/memory.ts';

/**
 * What the scorer spends on finding 200 candidates among all products of a large shop: CPU time and time on the wall, of
 * whole requests and of each lane; and how many of the nearest vectors its index finds. It runs with the scorer's flags.
 */
const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '100000' },
    users: { type: 'string', default: '20000' },
    requests: { type: 'string', default: '2000' },
    width: { type: 'string', default: '384' },
    'image-width': { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});
const [items, users, requests, width, imageWidth] = [
  ...[values.items, values.users, values.requests, values.width, values['image-width']].map(Number),
] as [number, number, number, number, number];
const K = 200;
/** Requests of each kind before those that count: V8 compiles what it has often seen, and a scorer runs for days. */
const WARM_UP = 1_000;

const shop = fillMemory({ items, users, widths: { text: width, ...(imageWidth > 0 ? { image: imageWidth } : {}) } });
progress(`${items} products and ${users} users: ${JSON.stringify(shop.cost)}`);

const numbers = Array.from({ length: requests + WARM_UP }, (_, n) => n);
const home = numbers.map(n => askOf(n, 'home'));
const search = numbers.map(n => askOf(n, 'search'));
const rows = [
  measure('home', home, ask => candidatesFor(ask).candidates.length),
  ...HOME.lanes.map(({ reason, most, find }) => measure(`home: ${reason}`, home, ask => find(ask, most).length)),
  measure('search', search, ask => candidatesFor(ask).candidates.length),
  measure('search, literally and without facets', search.map(literally), ask => candidatesFor(ask).candidates.length),
  measure('search, with a bound of the price', search.map(bounded), ask => candidatesFor(ask).candidates.length),
  measure('search, without vectors', search, ({ queryVector: _, ...ask }) => candidatesFor(ask).candidates.length),
];
const recall = recallOf();
const result = { items, users, requests, widths: { text: width, image: imageWidth }, ...shop.cost, recall, rows };
printResult(result, values.json, () =>
  [
    table([
      ['CANDIDATES', 'FOUND', 'CPU ms, p50', 'p99', 'WALL ms, p50', 'p99'],
      ...rows.map(({ name, found, cpu, wall }) => [
        ...[name, found.toFixed(0)],
        ...[cpu.p50, cpu.p99, wall.p50, wall.p99].map(ms => ms.toFixed(2)),
      ]),
    ]),
    `recall of the ${K} nearest: ${recall.toFixed(4)}`,
  ].join('\n'),
);

function askOf(n: number, surface: 'home' | 'search'): Ask {
  const { below } = random(9, n);
  const user = `u${below(users)}`;
  const { state } = shop.memory.users.get(user)!;
  const taste = tasteOf(state, item => shop.memory.products.get(item));
  const product = shop.products[below(items)]!;
  const words = product.title.split(' ');
  const query = Array.from({ length: 2 + below(3) }, () => words[below(words.length)]).join(' ');
  const request: RankRequest = { v: 1, id: `r${n}`, at_ms: shop.now_ms, user, session: 's', surface, count: 20, query };
  const queryVector = { encoder: shop.memory.vectors.encoders.of('text')!, vector: shop.vectorOf(product) };
  return { request, memory: shop.memory, recent: state.recent, taste, queryVector };
}

function literally(ask: Ask): Ask {
  return { ...ask, request: { ...ask.request, search: { understand: [], filters: [], facets: 0 } } };
}

function bounded(ask: Ask): Ask {
  return { ...ask, request: { ...ask.request, query: `${ask.request.query} under 100 €` } };
}

function measure(name: string, asks: readonly Ask[], work: (ask: Ask) => number) {
  const [cpu, wall]: [number[], number[]] = [[], []];
  let found = 0;
  for (const [n, ask] of asks.entries()) {
    const [before, started] = [process.cpuUsage(), performance.now()];
    const count = work(ask);
    const [{ user, system }, ended] = [process.cpuUsage(before), performance.now()];
    if (n < WARM_UP) continue;
    found += count / requests;
    cpu.push((user + system) / 1e3);
    wall.push(ended - started);
  }
  progress(`${name} measured`);
  return { name, found, cpu: quantiles(cpu), wall: quantiles(wall) };
}

function quantiles(spent: readonly number[]) {
  const sorted = spent.toSorted((a, b) => a - b);
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
  return { p50: at(0.5), p99: at(0.99) };
}

/** The share of the nearest by exact products that the index finds, for means of what users took. */
function recallOf(queries = 100): number {
  const index = shop.memory.vectors.index('text')!;
  const vectors = new Float32Array(items * width);
  for (const [n, product] of shop.products.entries()) vectors.set(shop.vectorOf(product), n * width);
  const exact = indexVectors(vectors, width);
  let found = 0;
  for (let n = 0; n < queries; n++) {
    const query = new Float32Array(width);
    for (const { item } of askOf(n, 'home').recent) {
      for (const [at, value] of index.get(item)!.entries()) query[at]! += value;
    }
    const wanted = new Set(Array.from(exact.search(query, K).documents, place => shop.products[place]!.item));
    found += index.nearest(query, K).items.filter(item => wanted.has(item)).length;
  }
  return found / (queries * K);
}
