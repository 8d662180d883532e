import type { GraphProto } from './onnx.ts';

/** What PyTorch's exporter calls a weight that it transposed. */
const NAMELESS = /^onnx::\w+_\d+$/;
/** How it calls the node that multiplies by the weight: the path of the module, and the operation. */
const MODULE = /^\/(.+)\/[^/]+$/;

/**
 * Weights that lost their names in an export, with names that tell where they belong: what the node
 * `/encoder/layer.0/attention/self/query/MatMul` takes as `onnx::MatMul_787` is called
 * `encoder.layer.0.attention.self.query.weight`, as the module calls it. Whoever adapts a graph finds it by that.
 */
export function weightNames({ initializer, node: nodes }: GraphProto): ReadonlyMap<string, string> {
  const taken = new Set((initializer ?? []).map(({ name }) => name ?? ''));
  const nameless = new Set([...taken].filter(name => NAMELESS.test(name)));
  const names = new Map<string, string>();
  for (const { name, input } of nodes ?? []) {
    const path = MODULE.exec(name ?? '')?.[1];
    const weight = (input ?? []).find(each => nameless.has(each));
    if (path === undefined || weight === undefined || names.has(weight)) continue;
    const found = `${path.replaceAll('/', '.')}.weight`;
    if (!taken.has(found)) names.set(weight, found);
    taken.add(found);
  }
  return names;
}
