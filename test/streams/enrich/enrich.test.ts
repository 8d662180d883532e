import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import type { Product } from '../../../schemas/topics/events.ts';
import type { ItemVector } from '../../../schemas/topics/vectors.ts';
import { CONTENTS } from '../../../streams/enrich/contents.ts';
import { kept, missing } from '../../../streams/enrich/kept.ts';
import { readPicture } from '../../../streams/enrich/media.ts';

const vector = (encoder: string, hash: string): ItemVector => ({
  modality: 'text',
  encoder,
  hash,
  width: 1,
  values: 'ADw=',
});
const content = { hash: 'h', value: 'words' };

describe('what a record goes on to hold', () => {
  const [old, now] = [vector('a', 'h'), vector('b', 'h')];

  it.each([
    ['the vector of the same content by the same encoder', [now], { wanted: 'b', active: 'b' }, content, [now], false],
    ['nothing of a content that has changed', [vector('b', 'g')], { wanted: 'b', active: 'b' }, content, [], true],
    ['the one in use until the other is complete', [vector('a', 'g')], { wanted: 'b', active: 'a' }, content, 1, true],
    ['both meanwhile', [old, now], { wanted: 'b', active: 'a' }, content, [old, now], false],
    ['the wanted one alone once it is in use', [old, now], { wanted: 'b', active: 'b' }, content, [now], false],
    ['none of an encoder that was given up half-way', [old, now], { wanted: 'c', active: 'a' }, content, [old], true],
    ['none at first', [], { wanted: 'b', active: undefined }, content, [], true],
    ['all, without an encoder', [old, now], { wanted: undefined, active: 'a' }, content, [old, now], false],
    ['all, where a file can not be read', [old, now], { wanted: 'b', active: 'b' }, 'unreadable', [old, now], false],
    ['none where the product has no such content', [old, now], { wanted: 'b', active: 'b' }, undefined, [], false],
    ['none where there is to be none', [old, now], { wanted: 'none', active: 'a' }, content, [], false],
  ] as const)('%s', (_, held, use, of, stays, encodes) => {
    const found = kept(held, use, of);
    if (typeof stays === 'number') expect(found).toHaveLength(stays);
    else expect(found).toEqual(stays);
    expect(missing(found, use, of)).toBe(encodes ? of : undefined);
  });
});

describe('media', () => {
  let directory = '';
  let media = '';
  const product = (more: Partial<Product>): Product => {
    return { v: 1, item: 'i', at_ms: 1, title: 't', category: 'c', available: true, ...more };
  };
  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'temper-media-'));
    media = path.join(directory, 'media');
    await mkdir(path.join(media, 'film'), { recursive: true });
    await mkdir(path.join(directory, 'media-of-others'));
    await writeFile(path.join(directory, 'secret'), 'secret');
    await writeFile(path.join(directory, 'media-of-others', 'secret'), 'secret');
    await writeFile(path.join(media, 'picture.jpg'), 'picture');
    for (const frame of [2, 10, 1]) await writeFile(path.join(media, 'film', `${frame}.jpg`), `frame ${frame}`);
    await writeFile(path.join(media, 'film.mp4'), 'film');
    await symlink(path.join(directory, 'secret'), path.join(media, 'link.jpg'));
    await symlink(path.join(directory, 'media-of-others'), path.join(media, 'others'));
    await symlink(path.join(media, 'picture.jpg'), path.join(media, 'same.jpg'));
    execFileSync('mkfifo', [path.join(media, 'fifo.jpg')]);
    await writeFile(path.join(media, 'large.jpg'), '');
    await truncate(path.join(media, 'large.jpg'), LIMITS.picture_bytes + 1);
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('are read below their directory, also by links within it', async () => {
    for (const name of ['picture.jpg', 'same.jpg']) expect(`${await readPicture(media, name)}`).toBe('picture');
  });

  it.each([
    ['missing.jpg', /got nothing/],
    ['link.jpg', /a link to another place/],
    ['others/secret', /a link to another place/],
    ['../secret', /a link to another place/],
    ['fifo.jpg', /something else/],
    ['film', /something else/],
    ['large.jpg', /at most/],
  ])('%s is refused', async (name, reason) => {
    await expect(readPicture(media, name)).rejects.toMatchObject({
      code: 'INPUT_INVALID',
      message: expect.stringMatching(reason),
    });
  });

  it('are known by what is in them, and texts by their words', async () => {
    const hashes = async () => [
      (await CONTENTS.image(product({ image: 'picture.jpg' }), media))!.hash,
      (await CONTENTS.video(product({ video: 'film' }), media))!.hash,
      (await CONTENTS.video(product({ video: 'film.mp4' }), media))!.hash,
      (await CONTENTS.text(product({}), media))!.hash,
    ];
    const before = await hashes();
    expect(await hashes()).toEqual(before);
    expect(new Set(before).size).toBe(4);
    await writeFile(path.join(media, 'picture.jpg'), 'another');
    await writeFile(path.join(media, 'film', '10.jpg'), 'another');
    await writeFile(path.join(media, 'film.mp4'), 'another film');
    const after = await hashes();
    expect(before.map((hash, n) => hash === after[n])).toEqual([false, false, false, true]);
    expect(await CONTENTS.image(product({}), media)).toBeUndefined();
    expect(await CONTENTS.video(product({}), media)).toBeUndefined();
    await expect(CONTENTS.video(product({ video: 'link.jpg' }), media)).rejects.toThrow(/another place/);
  });
});
