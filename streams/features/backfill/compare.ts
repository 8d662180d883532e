import { type Cells, type Reducer, valuesAt } from '../../../models/features/aggregates/reducer.ts';
import type { BackfillComparison } from '../../../schemas/backfills.ts';
import type { Replica } from '../log/replica.ts';

/** Sums come out a little differently in another order of events. */
const TOLERANCE = { absolute: 1e-6, relative: 1e-6 };

/** Keys of a partition that are compared: those of its first buckets, which a hash draws. */
const SAMPLE = 5_000;

/** How two replicas of a partition agree, as of the newest event that either knows of a key. @param features that are to differ */
export function agreement<S extends Cells>(
  reducer: Reducer,
  serving: Replica<S>,
  rebuilt: Replica<S>,
  features: ReadonlySet<string>,
): BackfillComparison {
  const result: BackfillComparison = { keys: 0, compared: 0, different: 0, example: null, changed: 0 };
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
      if (features.has(name)) {
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
  }
  return result;
}

function isDifferent(a: number, b: number): boolean {
  return !(Math.abs(a - b) <= TOLERANCE.absolute + TOLERANCE.relative * Math.abs(b)) && !Object.is(a, b);
}
