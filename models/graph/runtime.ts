import { encode } from './file/encode.ts';
import { openApart } from './sessions/apart.ts';
import { openHere } from './sessions/here.ts';
import type { Session, SessionOptions } from './sessions/session.ts';
import { type Graph, isGraph } from './tensor.ts';
import { nodesOf } from './walk.ts';

export { value } from './sessions/here.ts';
export type { Port, Provider, Session, SessionOptions, Value } from './sessions/session.ts';

/**
 * Opens a session on a graph, on the bytes of an ONNX file, or on the file at a path.
 *
 * @throws MODEL_REFUSED where none of the providers takes it
 */
export async function openSession(
  model: Graph | Uint8Array | string,
  { providers = ['cpu'], threads = 1, apart = false, timing }: SessionOptions = {},
): Promise<Session> {
  const source = isGraph(model) ? encode(model) : model;
  const opening = { providers, threads, ...(isGraph(model) && addsByScatter(model) && { cpuThreads: 1 }) };
  return apart ? openApart(source, opening, timing) : openHere(source, opening, timing);
}

/** ONNX Runtime loses additions of ScatterND where several threads of a processor make them (seen with 1.30.0). */
function addsByScatter({ tensors }: Graph): boolean {
  return nodesOf(tensors).some(
    ({ op, attributes }) =>
      (op === 'ScatterND' && attributes.reduction === 'add') ||
      Object.values(attributes).some(each => isGraph(each) && addsByScatter(each)),
  );
}
