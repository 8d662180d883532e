import { describe, expect, it } from 'vitest';
import { decode } from '../../../../models/graph/file/decode.ts';
import { file, node, tensor } from './proto.ts';

describe('weights that an export left without names', () => {
  const square = tensor('float32', [2, 2], [1, 2, 3, 4]);
  const graph = decode(
    file(17, {
      inputs: { x: { shape: ['N', 2] } },
      constants: { 'onnx::MatMul_787': square, 'onnx::MatMul_788': square, 'own.weight': square },
      nodes: [
        { ...node('MatMul', 'x onnx::MatMul_787 -> a'), name: '/encoder/layer.0/query/MatMul' },
        { ...node('MatMul', 'a onnx::MatMul_788 -> b'), name: '/encoder/layer.0/query/MatMul_1' },
        { ...node('MatMul', 'b own.weight -> c'), name: '/encoder/layer.0/own/MatMul' },
        { ...node('MatMul', 'c onnx::MatMul_787 -> y'), name: '/decoder/MatMul' },
      ],
    }),
  );
  const names = graph.tensors.flatMap(({ origin }) => (origin.kind === 'constant' ? (origin.name ?? []) : []));

  it('are called as the module that multiplies by them first', () => {
    expect(names).toContain('encoder.layer.0.query.weight');
    expect(names.filter(name => name.startsWith('decoder'))).toEqual([]);
  });

  it('keep what they have where that name is taken, or where they have one', () => {
    expect(names.sort()).toEqual(['encoder.layer.0.query.weight', 'onnx::MatMul_788', 'own.weight']);
  });
});
