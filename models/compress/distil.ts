import { TemperError } from '../../schemas/errors.ts';
import { bind } from '../adapt/adapted.ts';
import { add, exp, logSoftmax, mean, mul, sub, sum } from '../graph/functions.ts';
import type { Graph, Tensor } from '../graph/tensor.ts';
import { crossEntropy } from '../graph/training/losses.ts';

/**
 * What a teacher answers to the inputs of a training graph, as a part of that graph: its weights are constants, so it
 * learns nothing, and every batch sees the teacher that belongs to it. Where the teacher is much larger than the
 * student, run it once over the data instead, and feed what it answered.
 *
 * @param inputs the tensors that the student gets, by the teacher's names for them
 * @returns the teacher's outputs by their names
 * @throws INPUT_INVALID where the teacher has an input that is not given
 */
export function answersOf(teacher: Graph, inputs: Readonly<Record<string, Tensor>>): Readonly<Record<string, Tensor>> {
  for (const { origin } of teacher.inputs) {
    if (origin.kind !== 'input' || Object.hasOwn(inputs, origin.name)) continue;
    throw new TemperError('INPUT_INVALID', {
      where: 'a teacher',
      expected: `a tensor for its input ${origin.name}`,
      got: Object.keys(inputs).join(', '),
    });
  }
  return bind(teacher, inputs).outputs;
}

/**
 * The loss of a student of classes (Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015,
 * section 2): T^2 KL(softmax(teacher / T) || softmax(student / T)), mixed with the cross-entropy of the true labels
 * where there are some. T^2 keeps the size of the gradients as T changes.
 *
 * @param student logits [..., C]
 * @param teacher logits [..., C]
 * @param labels [..., C], each row a distribution, and how much the teacher counts beside them, from 0 to 1
 * @returns [...], in nats; 0 where both say the same and there are no labels
 */
export function distillation(
  student: Tensor,
  teacher: Tensor,
  { temperature = 2, labels }: { temperature?: number; labels?: { truth: Tensor; teacherShare: number } } = {},
): Tensor {
  const [own, taught] = [student, teacher].map(logits => logSoftmax(mul(logits, 1 / temperature))) as [Tensor, Tensor];
  const divergence = mul(sum(mul(exp(taught), sub(taught, own)), [-1]), temperature ** 2);
  if (!labels) return divergence;
  const { truth, teacherShare } = labels;
  return add(mul(divergence, teacherShare), mul(crossEntropy(student, truth), 1 - teacherShare));
}

/**
 * The mean squared difference of scores or vectors: the loss of a student of a ranker's logits or an encoder's vectors
 * (for logits, what `distillation` becomes at high temperatures; Hinton et al., section 2.1).
 *
 * @returns a scalar
 */
export function squaredDifference(student: Tensor, teacher: Tensor): Tensor {
  const away = sub(student, teacher);
  return mean(mul(away, away));
}
