/** Documents by their numbers, best first. */
export interface Ranked {
  readonly documents: Int32Array;
  readonly scores: Float32Array;
}

/**
 * The k best of some documents, best first; of equal scores the lower number comes first. A heap with the worst of the
 * kept on top: O(n log k).
 *
 * @param scores by document
 * @param among the documents to choose from; all that have a score, if they are not named
 */
export function top(scores: Float32Array, k: number, among?: Int32Array): Ranked {
  const candidates = among?.length ?? scores.length;
  const heap = new Int32Array(Math.min(k, candidates));
  const isWorse = (a: number, b: number) => scores[a]! < scores[b]! || (scores[a] === scores[b] && a > b);

  const sink = (start: number, size: number) => {
    const moved = heap[start]!;
    let at = start;
    for (let child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && isWorse(heap[child + 1]!, heap[child]!)) child++;
      if (!isWorse(heap[child]!, moved)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
  };

  for (let place = 0; place < heap.length; place++) heap[place] = among ? among[place]! : place;
  for (let at = (heap.length >> 1) - 1; at >= 0; at--) sink(at, heap.length);
  let least = scores[heap[0]!]!;
  for (let place = heap.length; heap.length > 0 && place < candidates; place++) {
    const document = among ? among[place]! : place;
    if (scores[document]! < least || !isWorse(heap[0]!, document)) continue;
    heap[0] = document;
    sink(0, heap.length);
    least = scores[heap[0]!]!;
  }
  for (let size = heap.length - 1; size > 0; size--) {
    const worst = heap[0]!;
    heap[0] = heap[size]!;
    heap[size] = worst;
    sink(0, size);
  }
  const best = new Float32Array(heap.length);
  for (let place = 0; place < best.length; place++) best[place] = scores[heap[place]!]!;
  return { documents: heap, scores: best };
}
