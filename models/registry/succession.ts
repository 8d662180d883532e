import { TemperError } from '../../schemas/errors.ts';
import { Accession } from '../../schemas/models/models.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import type { ModelStore } from './store/store.ts';

/*
 * Who was champion of a surface, one after the other: the files `.succession/<surface>/<number>.json`, each created once.
 * Who creates the next number is champion; whoever comes too late for it has to look again. It is kept for ever.
 */

const BYTES = 64 * 1024;
const DIGITS = 8;
/** How far back somebody looks for what he did before he died, or for how a model came to serve. */
const MOST_BACK = 200;

/** The last champion that a surface got; nothing where it has had none. */
export async function lastOf(store: ModelStore, surface: Surface): Promise<Accession | undefined> {
  const last = (await store.list(folderOf(surface))).at(-1);
  return last === undefined ? undefined : read(store, surface, last);
}

/** @returns whether the place was free. One that was taken by this very accession, whose answer was lost, is its own. */
export async function accede(store: ModelStore, accession: Accession): Promise<boolean> {
  const { surface, number } = accession.promotion;
  const name = nameOf(number);
  const bytes = Buffer.from(`${JSON.stringify(Accession.parse(accession), null, 2)}\n`);
  if (await store.create(`${folderOf(surface)}/${name}`, bytes)) return true;
  return isSame(await read(store, surface, name), accession);
}

/** The accession that this request has made, if it has: the newest that tells of the same deed. */
export async function made(
  store: ModelStore,
  surface: Surface,
  request: Pick<Accession, 'workflow'> & { model: string; at_ms: number },
): Promise<Accession | undefined> {
  return newest(
    store,
    surface,
    ({ workflow, promotion: { model, at_ms } }) =>
      workflow === request.workflow && model === request.model && at_ms === request.at_ms,
  );
}

/** By whose word a model became champion of a surface the last time, if it has of late. */
export function accessionOf(store: ModelStore, surface: Surface, model: string): Promise<Accession | undefined> {
  return newest(store, surface, ({ promotion }) => promotion.model === model);
}

async function newest(
  store: ModelStore,
  surface: Surface,
  isWanted: (accession: Accession) => boolean,
): Promise<Accession | undefined> {
  const names = await store.list(folderOf(surface));
  for (const name of names.slice(-MOST_BACK).reverse()) {
    const found = await read(store, surface, name);
    if (isWanted(found)) return found;
  }
  return undefined;
}

function isSame(a: Accession, b: Accession): boolean {
  return (
    a.workflow === b.workflow && a.promotion.model === b.promotion.model && a.promotion.at_ms === b.promotion.at_ms
  );
}

async function read(store: ModelStore, surface: Surface, name: string): Promise<Accession> {
  const file = `${folderOf(surface)}/${name}`;
  const where = `${file} in ${store.where}`;
  const bytes = await store.read(file, BYTES);
  try {
    return Accession.parse(JSON.parse(Buffer.from(bytes ?? []).toString('utf8')));
  } catch (cause) {
    const next = 'Put the file back as it was; without it nobody is promoted';
    throw new TemperError('MODEL_REFUSED', { where, expected: 'who became champion', next, cause });
  }
}

function folderOf(surface: Surface): string {
  return `.succession/${surface}`; // a model's id does not begin with a dot
}

function nameOf(number: number): string {
  return `${String(number).padStart(DIGITS, '0')}.json`;
}
