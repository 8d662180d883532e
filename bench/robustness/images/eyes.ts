import path from 'node:path';
import type { Seeing } from '../../../models/attack/images/steered.ts';
import { readTorch } from '../../../models/encoders/files/torch.ts';
import { efficientNetLite0, SIDE } from '../../../models/images/efficientnet.ts';
import { type ImageEncoder, openImageEncoder } from '../../../models/images/encoder.ts';
import { evenPooling } from '../../../models/images/frame-pooling.ts';
import type { Contents } from '../../../models/ranker/model.ts';
import { readConfig } from '../../../schemas/settings/config.ts';
import { installWeights } from '../../../services/weights/weights.ts';
import { pooledContents, seen } from '../../modalities/contents.ts';

/** The encoder of pictures as it serves, and as a graph to attack. */
export interface Eyes {
  readonly encoder: ImageEncoder;
  readonly graph: Seeing;
  /** Where vectors are kept. */
  readonly directory: string;
}

export async function openEyes(say: (line: string) => void): Promise<Eyes> {
  const { cacheDir, threads } = readConfig();
  const place = await installWeights('efficientnet-lite0', { onProgress: say });
  const encoder = await openImageEncoder(place, { threads });
  const { vector } = efficientNetLite0(await readTorch(path.join(place, 'model.pth'))).outputs;
  return { encoder, graph: { vector: vector!, side: SIDE }, directory: path.join(cacheDir, 'vectors') };
}

/** By item, none where it has no picture. */
export type Pictures = readonly (Buffer | undefined)[];

/** What the ranker gets of pictures, by the same way as in a shop: files, squares, vectors. */
export async function contentsOf({ encoder, directory }: Eyes, pictures: Pictures): Promise<Contents> {
  const files = pictures.map(picture => (picture ? [picture] : []));
  const vectors = await seen(encoder, files, directory, () => {});
  return pooledContents(vectors, evenPooling(encoder.width), encoder.id);
}
