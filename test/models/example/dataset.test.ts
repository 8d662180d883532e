import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXAMPLE, exampleDataset, exampleOrder, exampleParameters } from '../../../models/example/dataset.ts';

const fixture = new URL('../graph/fixtures/torch-seed.json', import.meta.url);
const { first } = JSON.parse(readFileSync(fixture, 'utf8')) as { first: Record<string, number[]> };
const { features, labels } = exampleDataset();

/** Nine digits name a float32 without loss. */
const exactly = (values: ArrayLike<number>) => Array.from(values, value => Number(value.toPrecision(9)));

describe('the example', () => {
  it('is the one that PyTorch was trained on', () => {
    expect(exactly(features.subarray(0, 5))).toEqual(first.features);
    expect([...labels.subarray(0, 20)]).toEqual(first.labels);
    expect([...exampleOrder(0).subarray(0, 10)]).toEqual(first.order);
    const parameters = exampleParameters();
    expect(exactly(parameters.subarray(0, 5))).toEqual(first.weights);
    expect(exactly(parameters.subarray(-10, -5))).toEqual(first.biases);
  });

  it('has every class, rows in another order each epoch, and parameters for every layer', () => {
    expect(new Set(labels).size).toBe(10);
    expect(exampleOrder(1)).not.toEqual(exampleOrder(0));
    expect(exampleOrder(1).toSorted()).toEqual(Uint32Array.from({ length: EXAMPLE.rows }, (_, row) => row));
    expect(exampleParameters().length).toBe(101 * 256 + 257 * 128 + 129 * 10);
  });
});
