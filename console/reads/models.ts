import type { AuditRow } from '../../activities/promotions/audit.ts';
import { readVerdicts, requireSealed } from '../../models/evaluate/verdict.ts';
import { MANIFEST, type ModelStore } from '../../models/registry/store/store.ts';
import type { RowStore } from '../../schemas/clickhouse.ts';
import { TemperError } from '../../schemas/errors.ts';
import { Manifest } from '../../schemas/models/models.ts';
import { startInWords } from '../../schemas/models/start-words.ts';
import type { Surface } from '../../schemas/topics/ranking.ts';
import type { Deed, JudgedModel, ModelInfo } from '../api.ts';
import { WITHIN } from './clicks.ts';

/** The newest of each; what is older is in the registry and the archive. */
const MOST = { models: 60, deeds: 60, verdicts: 30 };
const MANIFEST_BYTES = 1024 * 1024;
/** Manifests that are asked for at the same time: a registry may be far away. */
const AT_ONCE = 8;
/** How long a name without a model is not asked for again: what was pruned is told of for ever. */
const ABSENT_MS = 60_000;

export type WorkflowLink = (workflow: string) => string | null;

/**
 * The registry's models by their manifests, which never change: each is read once, and a name without one is not asked for
 * again for a while. Their files are looked at by who loads them.
 */
export class Registered {
  readonly #registry: ModelStore;
  readonly #now: () => number;
  readonly #known = new Map<string, ModelInfo>();
  /** Until when, by name. */
  readonly #absent = new Map<string, number>();

  constructor(registry: ModelStore, now: () => number = Date.now) {
    this.#registry = registry;
    this.#now = now;
  }

  /**
   * The newest first.
   *
   * @param told ids that others tell of
   * @throws what the registry says where it can't be asked now
   */
  async newest(told: readonly string[]): Promise<ModelInfo[]> {
    const listed = (await this.#registry.list('')).filter(name => !name.startsWith('.'));
    const names = [...new Set([...listed, ...told])];
    const unknown = names.filter(name => !this.#known.has(name) && !((this.#absent.get(name) ?? 0) > this.#now()));
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.#learn(unknown)));
    const found = names.flatMap(name => this.#known.get(name) ?? []);
    return found.sort((a, b) => b.created_ms - a.created_ms).slice(0, MOST.models);
  }

  /** One of some that take names from the same list until none is left. */
  async #learn(names: string[]): Promise<void> {
    for (let name = names.shift(); name !== undefined; name = names.shift()) {
      const manifest = await manifestOf(this.#registry, name);
      if (manifest) this.#known.set(name, infoOf(manifest));
      else this.#absent.set(name, this.#now() + ABSENT_MS);
    }
  }
}

async function manifestOf(registry: ModelStore, name: string): Promise<Manifest | undefined> {
  try {
    const bytes = await registry.read(`${name}/${MANIFEST}`, MANIFEST_BYTES);
    const parsed = Manifest.safeParse(JSON.parse(Buffer.from(bytes ?? []).toString('utf8')));
    return parsed.success && parsed.data.id === name ? parsed.data : undefined;
  } catch (error) {
    const isOther = error instanceof SyntaxError || (error instanceof TemperError && !error.retryable);
    if (isOther) return undefined; // something else lies there
    throw error;
  }
}

function infoOf({ id, kind, created_ms, features, features_version, lineage, training, verdict }: Manifest): ModelInfo {
  const { parent, snapshot, seed, start, code, provider } = lineage;
  return {
    ...{ id, kind, created_ms, parent, snapshot, seed, code, provider, features_version, training },
    features: features.length,
    start: start ? startInWords(start) : null,
    passed: verdict?.passed ?? null,
    checks: verdict?.checks ?? [],
    metrics: verdict?.metrics ?? {},
  };
}

/** What served when, as what, by whose word and why, the newest first. */
export async function deedsOn(store: RowStore, surface: Surface, link: WorkflowLink): Promise<Deed[]> {
  const rows = await store.query<Omit<AuditRow, 'surface'> & { at_ms: string }>(
    `SELECT toUnixTimestamp64Milli(at) AS at_ms, kind, model, previous, reason, stage, requested_by, approved_by, workflow
     FROM promotions FINAL WHERE surface = {surface:String} ORDER BY at DESC LIMIT {limit:UInt32} ${WITHIN}`,
    { surface, limit: MOST.deeds },
  );
  return rows.map(({ at_ms, kind, model, previous, reason, stage, requested_by, approved_by = '', workflow }) => {
    const said = { kind, model, previous, reason, stage, requested_by, approved_by, workflow };
    return { at_ms: Number(at_ms), ...said, url: link(workflow) };
  });
}

/** What the gates said of candidates, promoted or not, and whether it is as they signed it. */
export async function verdictsOn(
  { directory, keys }: { directory: string; keys: string },
  surface: Surface,
  link: WorkflowLink,
): Promise<JudgedModel[]> {
  const verdicts = (await readVerdicts(directory)).filter(({ judged }) => judged.surface === surface);
  return await Promise.all(
    verdicts.slice(0, MOST.verdicts).map(async verdict => {
      const { passed, checks, metrics, judged } = verdict;
      const { id, at_ms, kind, champion, seed, run } = judged;
      const doubt = await requireSealed(keys, verdict).then(
        () => null,
        (error: Error) => error.message,
      );
      return { id, at_ms, passed, kind, champion, seed, run, url: link(run), doubt, checks, metrics };
    }),
  );
}
