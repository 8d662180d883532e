/**
 * Rows whose elements are brought to the power of one half, with their signs, and then to length 1 (Perronnin, Sánchez
 * and Mensink, "Improving the Fisher kernel for large-scale image classification", 2010, section 3.2): the few greatest
 * of a network's features then count less, and their product is that of Hellinger's kernel.
 *
 * @param vectors [rows, width]
 */
export function powerNormalised(vectors: Float32Array, width: number): Float32Array {
  const powered = vectors.map(each => Math.sign(each) * Math.sqrt(Math.abs(each)));
  for (let start = 0; start < powered.length; start += width) {
    const row = powered.subarray(start, start + width);
    const length = Math.sqrt(row.reduce((sum, each) => sum + each * each, 0));
    if (length > 0) for (let k = 0; k < width; k++) row[k]! /= length;
  }
  return powered;
}
