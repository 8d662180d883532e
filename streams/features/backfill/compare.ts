import { type Cells, type Reducer, valuesAt } from '../../../models/features/aggregates/reducer.ts';
import type { BackfillComparison, SqlComparison } from '../../../schemas/backfills.ts';
import type { Replica } from '../log/replica.ts';
import type { ArchivedValues } from './archive.ts';

/** Sums come out a little differently in another order of events. */
const TOLERANCE = { absolute: 1e-6, relative: 1e-6 };

/** Keys of a partition that are compared: those of its first buckets, which a hash draws. */
const SAMPLE = 5_000;
/** Less than a millisecond of work. */
const AT_ONCE = 10;

/**
 * How two replicas of a partition agree, as of the newest event that either knows of a key.
 *
 * @param features that are to differ; none: all of them may
 * @param rest called behind some keys each
 */
export async function agreement<S extends Cells>(
  reducer: Reducer,
  serving: Replica<S>,
  rebuilt: Replica<S>,
  features: ReadonlySet<string>,
  rest: () => Promise<void>,
): Promise<Omit<BackfillComparison, 'bySql'>> {
  const result: Awaited<ReturnType<typeof agreement>> = {
    keys: 0,
    compared: 0,
    different: 0,
    example: null,
    changed: 0,
  };
  const { declared } = reducer;
  const values = () => new Float64Array(declared.length);
  for (const { key, state } of serving.entries()) {
    if (result.keys === SAMPLE) break;
    const other = rebuilt.get(key)?.state;
    const at_ms = Math.max(state.at_ms, other?.at_ms ?? 0);
    const [before, after] = [valuesAt(reducer, state, at_ms, values()), valuesAt(reducer, other, at_ms, values())];
    let changed = false;
    for (const [n, { name }] of declared.entries()) {
      const differs = isDifferent(before[n]!, after[n]!);
      if (features.size === 0 || features.has(name)) {
        changed ||= differs;
        continue;
      }
      result.compared++;
      if (!differs) continue;
      result.different++;
      result.example ??= { key, feature: name, serving: before[n]!, rebuilt: after[n]! };
    }
    result.keys++;
    if (changed) result.changed++;
    if (result.keys % AT_ONCE === 0) await rest();
  }
  return result;
}

/** How a replica agrees with what the declared SQL has of some of its keys; a key that it does not know has the defaults. */
export function agreementWithSql<S extends Cells>(
  reducer: Reducer,
  rebuilt: Pick<Replica<S>, 'get'>,
  rows: readonly ArchivedValues[],
): SqlComparison {
  const result: SqlComparison = { keys: rows.length, compared: 0, different: 0, example: null };
  const { declared } = reducer;
  for (const { key, as_of, ties, ...archived } of rows) {
    const values = valuesAt(reducer, rebuilt.get(key)?.state, as_of, new Float64Array(declared.length));
    for (const [n, { name }] of declared.entries()) {
      if (!(name in archived) || ties.includes(name)) continue; // a sequence is no number; of two at one moment a hash decides
      const sql = Number(archived[name]);
      result.compared++;
      if (!isDifferent(values[n]!, sql)) continue;
      result.different++;
      result.example ??= { key, feature: name, rebuilt: values[n]!, sql };
    }
  }
  return result;
}

function isDifferent(a: number, b: number): boolean {
  return !(Math.abs(a - b) <= TOLERANCE.absolute + TOLERANCE.relative * Math.abs(b)) && !Object.is(a, b);
}
