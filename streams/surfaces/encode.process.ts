import { serveParent } from '../../models/child/serve.ts';
import { openProductEncoder } from '../../models/encoders/product.ts';
import type { QueryEncoderSetup } from './query-vectors.ts';

serveParent<QueryEncoderSetup, string, string, Float32Array>(async ({ place, name, ...options }) => {
  const { id, encode } = await openProductEncoder(place, name, options);
  await encode(['a first run allocates'], 'query');
  return { opened: id, answer: query => encode([query], 'query') };
});
