import { describe, expect, it } from 'vitest';
import { graphOf } from '../../../models/graph/graph.ts';
import { openSession, value } from '../../../models/graph/runtime.ts';
import { constant, input } from '../../../models/graph/tensor.ts';
import type { ImageEncoder } from '../../../models/images/encoder.ts';
import { frameAttention } from '../../../models/images/frame-attention.ts';
import { videoEncoder } from '../../../models/images/video.ts';

const vector = (...numbers: number[]) => Float32Array.from(numbers, each => each / Math.hypot(...numbers));

it('a video is the mean of its frames, by an encoder with an id of its own', async () => {
  const images: ImageEncoder = {
    id: 'tiny@0123abcd',
    width: 2,
    vectors: async pictures => pictures.map(([x, y]) => vector(x!, y!)),
    release: async () => {},
  };
  const videos = videoEncoder(images);
  expect(videos.id).toMatch(/^tiny-frames@[0-9a-f]{8}$/);
  expect(videoEncoder({ ...images, id: 'tiny@other' }).id).not.toBe(videos.id);
  const [one, several] = await videos.vectors([
    [Uint8Array.of(1, 0)],
    [Uint8Array.of(1, 0), Uint8Array.of(0, 1), Uint8Array.of(0, 1)],
  ]);
  expect([...one!]).toEqual([1, 0]);
  expect([...several!]).toEqual([...vector(1, 2)].map(each => expect.closeTo(each, 6)));
});

describe('frames under attention that is learned', () => {
  const frames = value('float32', Float32Array.of(1, 0, 0, 1, 0, 3, 2, 2, 4, 0, 9, 9), [2, 3, 2]);
  const pooled = async (query: number[], seen?: number[]) => {
    const graph = graphOf({
      pooled: frameAttention(
        input('frames', 'float32', ['N', 3, 2]),
        { 'frames.query': constant('float32', Float32Array.from(query), [2]) },
        seen && input('seen', 'bool', ['N', 3]),
      ),
    });
    const session = await openSession(graph);
    const found = await session.run({ frames, ...(seen && { seen: value('bool', Uint8Array.from(seen), [2, 3]) }) });
    await session.release();
    return [...(found.pooled!.data as Float32Array)].map(each => Math.round(each * 1e4) / 1e4);
  };

  it('are their mean where the query says nothing, of those that there are', async () => {
    expect(await pooled([0, 0])).toEqual([0.3333, 1.3333, 5, 3.6667]);
    expect(await pooled([0, 0], [1, 1, 0, 1, 1, 0])).toEqual([0.5, 0.5, 3, 1]);
  });

  it('are those that the query likes', async () => {
    expect(await pooled([50, 0])).toEqual([1, 0, 9, 9]);
    expect(await pooled([50, 0], [0, 1, 0, 1, 1, 0])).toEqual([0, 1, 4, 0]);
  });
});
