import { random } from '../../random.ts';
import { type Sparse, sparse, type Vocabulary, vocabularyOf } from './terms.ts';

/** Tells classes of texts by their words and letters. */
export interface WordClassifier {
  readonly classes: number;
  readonly vocabulary: Vocabulary;
  /** [terms, classes] */
  readonly weights: Float32Array;
}

export interface WordTraining {
  readonly seed: number;
  readonly epochs?: number;
}

const EPOCHS = 8;
/** What a text on the wrong side counts beside half the sum of the squared weights. */
const COST = 0.5;
/** By which margins are multiplied before they are logits. */
const SCALE = 8;

/**
 * A linear support vector machine for each class against all others, with the squared hinge loss, by dual coordinate
 * descent (Hsieh et al., "A dual coordinate descent method for large-scale linear SVM", 2008, algorithm 1). The same
 * texts and seed give the same classifier.
 *
 * It stands outside of the training graphs because a step touches a hundred of some twenty thousand weights.
 *
 * @param labels the class of each text, below `classes`
 */
export function trainWords(
  texts: readonly string[],
  labels: Int32Array,
  classes: number,
  { seed, epochs = EPOCHS }: WordTraining,
): WordClassifier {
  const vocabulary = vocabularyOf(texts);
  const rows = texts.map(text => sparse(text, vocabulary));
  const terms = vocabulary.idf.length;
  const weights = new Float32Array(terms * classes);
  const own = new Float32Array(terms);
  for (let c = 0; c < classes; c++) {
    own.fill(0);
    descend(rows, row => (labels[row] === c ? 1 : -1), own, { seed, epochs });
    for (let term = 0; term < terms; term++) weights[term * classes + c] = own[term]!;
  }
  return { classes, vocabulary, weights };
}

function descend(
  rows: readonly Sparse[],
  signOf: (row: number) => number,
  weights: Float32Array,
  { seed, epochs }: Required<WordTraining>,
): void {
  const alphas = new Float32Array(rows.length);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const row of random(seed, epoch).shuffle(Uint32Array.from(rows.keys()))) {
      const { terms, weights: shares } = rows[row]!;
      const sign = signOf(row);
      let [product, square] = [0, 1 / (2 * COST)];
      for (let at = 0; at < terms.length; at++) {
        product += weights[terms[at]!]! * shares[at]!;
        square += shares[at]! ** 2;
      }
      const slope = sign * product - 1 + alphas[row]! / (2 * COST);
      const next = Math.max(0, alphas[row]! - slope / square);
      const move = (next - alphas[row]!) * sign;
      alphas[row] = next;
      if (move === 0) continue;
      for (let at = 0; at < terms.length; at++) weights[terms[at]!]! += move * shares[at]!;
    }
  }
}

/** The probability of each class for each text, [texts, classes]. */
export function classifyWords(classifier: WordClassifier, texts: readonly string[]): Float32Array {
  const found = new Float32Array(texts.length * classifier.classes);
  for (const [row, text] of texts.entries()) {
    found.set(softmax(margins(classifier, sparse(text, classifier.vocabulary))), row * classifier.classes);
  }
  return found;
}

/** Of each class, scaled. */
function margins({ classes, weights }: WordClassifier, { terms, weights: shares }: Sparse): Float32Array {
  const sums = new Float32Array(classes);
  for (let at = 0; at < terms.length; at++) {
    const [from, share] = [terms[at]! * classes, shares[at]!];
    for (let c = 0; c < classes; c++) sums[c]! += SCALE * share * weights[from + c]!;
  }
  return sums;
}

function softmax(numbers: Float32Array): Float32Array {
  const most = numbers.reduce((greatest, each) => Math.max(greatest, each), Number.NEGATIVE_INFINITY);
  const powers = numbers.map(each => Math.exp(each - most));
  const sum = powers.reduce((total, each) => total + each, 0);
  return powers.map(each => each / sum);
}
