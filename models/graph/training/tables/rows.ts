/*
 * The inner loops of tables. Rows are copied and added four numbers at a time: the loop's own steps cost as much as its
 * work, and views of short rows cost more; see bench/tables.ts.
 */

/** Copies `width` numbers from `from[at]` on to `into[to]` on. */
export function copyRow(from: Float32Array, at: number, into: Float32Array, to: number, width: number): void {
  let k = 0;
  for (; k + 3 < width; k += 4) {
    into[to + k] = from[at + k]!;
    into[to + k + 1] = from[at + k + 1]!;
    into[to + k + 2] = from[at + k + 2]!;
    into[to + k + 3] = from[at + k + 3]!;
  }
  for (; k < width; k++) into[to + k] = from[at + k]!;
}

/** Adds the `width` numbers from `values[at]` on to those from `values[to]` on. */
export function addRow(values: Float32Array, at: number, to: number, width: number): void {
  let k = 0;
  for (; k + 3 < width; k += 4) {
    values[to + k]! += values[at + k]!;
    values[to + k + 1]! += values[at + k + 1]!;
    values[to + k + 2]! += values[at + k + 2]!;
    values[to + k + 3]! += values[at + k + 3]!;
  }
  for (; k < width; k++) values[to + k]! += values[at + k]!;
}

/** Whether all are finite: float32's sum in float64 cannot overflow, so it is finite if and only if they are. */
export function allFinite(values: Float32Array): boolean {
  let sum = 0;
  for (let k = 0; k < values.length; k++) sum += values[k]!;
  return Number.isFinite(sum);
}
