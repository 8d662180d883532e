import { LIMITS } from '../limits.ts';
import { Surface } from './ranking.ts';

const NEEDED: ReadonlySet<string> = new Set(['v', 'id', 'at_ms', 'user', 'session', 'surface', 'count']);
/** Fields that a plain request may lack. */
const MORE: ReadonlySet<string> = new Set(['query', 'candidates']);
const SURFACES: ReadonlySet<unknown> = new Set(Surface.options);

/**
 * Whether what JSON.parse made of a record is a request as most storefronts send them: no field but those of above, each
 * of its kind and within its limits. Then `RankRequest` would accept it and change nothing; of 500 candidates it needs
 * many times as long to say so. Where the answer is no, it is asked, and has the last word: a test holds both together.
 */
export function isPlainRequest(json: unknown): boolean {
  if (typeof json !== 'object' || json === null) return false;
  const { v, id, at_ms, user, session, surface, count, query, candidates } = json as Record<string, unknown>;
  let needed = NEEDED.size;
  for (const name of Object.keys(json)) {
    if (NEEDED.has(name)) needed--;
    else if (!MORE.has(name)) return false;
  }
  if (needed > 0 || v !== 1 || !isId(id) || !isId(user) || !isId(session) || !SURFACES.has(surface)) return false;
  if (!isWhole(at_ms, Number.MAX_SAFE_INTEGER) || !isWhole(count, LIMITS.items_per_list)) return false;
  if (query === undefined ? surface === 'search' : !isText(query, LIMITS.query_chars)) return false;
  return candidates === undefined || isIds(candidates);
}

function isIds(given: unknown): boolean {
  if (!Array.isArray(given) || given.length === 0 || given.length > LIMITS.candidates_per_request) return false;
  for (let n = 0; n < given.length; n++) if (!isId(given[n])) return false;
  return true;
}

function isId(given: unknown): boolean {
  return isText(given, LIMITS.id_chars);
}

function isText(given: unknown, most: number): boolean {
  return typeof given === 'string' && given.length > 0 && given.length <= most;
}

/** From 1 on. */
function isWhole(given: unknown, most: number): boolean {
  return typeof given === 'number' && Number.isInteger(given) && given > 0 && given <= most;
}
