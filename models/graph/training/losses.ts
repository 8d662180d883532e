/**
 * What training makes small, and what each example counts in it. A loss gives a number for each example, in nats where
 * it is a likelihood; `mean` or `weightedMean` makes the scalar of them that is differentiated.
 */
export * from './losses/classification.ts';
export * from './losses/delayed-feedback.ts';
export * from './losses/ranking.ts';
export * from './losses/sampled-softmax.ts';
export * from './losses/weights.ts';
