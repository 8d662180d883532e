import { atMost, type Gate } from './gate.ts';

export const serving: Gate<'serving'> = {
  name: 'serving',
  asks: 'is it fast and small enough where it will serve?',
  evaluate({ serving }, { p99_ms, bytes }) {
    if (!serving) return [];
    const took = `p99 of scoring ${serving.candidates} candidates on ${serving.provider}, in ms`;
    return [
      atMost('latency', serving.p99_ms, p99_ms, took),
      atMost('size', serving.bytes, bytes, 'bytes of all files of the model'),
    ];
  },
};
