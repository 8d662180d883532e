import * as f from '../../../../models/graph/functions.ts';
import { type Cases, one, three } from './case.ts';

export const LOGIC: Cases = {
  Where: three((a, b, c) => f.where(f.less(a, b), f.mul(b, 2), f.add(a, f.exp(c)))),
  'Where, numbers': one(x => f.where(f.greater(x, 0.1), x, 3)),
  'conditions put together': three((a, b, c) =>
    f.where(
      f.or(f.not(f.lessOrEqual(a, b)), f.and(f.equal(a, c), f.xor(f.greaterOrEqual(b, c), f.notANumber(a)))),
      a,
      f.mul(b, c),
    ),
  ),
};
