import { describe, expect, it } from 'vitest';
import { popularityModel } from '../../../models/ranker/popularity.ts';
import { type ManifestParts, openModel, registerModel } from '../../../models/registry/registry.ts';
import type { ModelStore } from '../../../models/registry/store/store.ts';

export const features = ['a', 'b', 'c'];
export const good = popularityModel(features, 'b');
export const parts = (id: string): ManifestParts => ({
  id,
  kind: 'popularity',
  created_ms: 1_700_000_000_000,
  features,
  features_version: 'v1',
  lineage: { snapshot: null, parent: null, seed: null, code: 'test', provider: null },
  training: null,
  verdict: null,
});

/** Each begins when the one before has ended, or all at once. */
export async function settled<T>(
  works: readonly (() => Promise<T>)[],
  atOnce: boolean,
): Promise<PromiseSettledResult<T>[]> {
  if (atOnce) return Promise.allSettled(works.map(work => work()));
  const ends: PromiseSettledResult<T>[] = [];
  for (const work of works) ends.push(...(await Promise.allSettled([work()])));
  return ends;
}

export const kept = <T>(ends: readonly PromiseSettledResult<T>[]): T[] =>
  ends.flatMap(end => (end.status === 'fulfilled' ? [end.value] : []));

/**
 * What a registry does, wherever its files are.
 *
 * @param atOnce whether who creates the same file comes at the same moment
 */
export function describeRegistry(open: () => ModelStore, { atOnce }: { atOnce: boolean }): void {
  describe('the registry', () => {
    it('gives back what was registered, with the hash of its manifest', async () => {
      const registered = await registerModel(open(), parts('m1'), good);
      const opened = await openModel(open(), 'm1');
      expect(opened).toEqual(registered);
      expect(new Uint8Array(opened.graph)).toEqual(good);
      expect(opened.manifest).toMatchObject({ v: 1, ...parts('m1') });
    });

    it('takes the same model twice, and keeps the first manifest', async () => {
      const first = await registerModel(open(), parts('twice'), good);
      const again = await registerModel(open(), { ...parts('twice'), created_ms: 1_800_000_000_000 }, good);
      expect(again).toEqual(first);
    });

    it('takes the same model from several at once', async () => {
      const all = await Promise.all(Array.from({ length: 4 }, () => registerModel(open(), parts('race'), good)));
      expect(new Set(all.map(({ sha256 }) => sha256)).size).toBe(1);
    });

    it('takes one of several that come under one id, and that one whole', async () => {
      const models = features.map(feature => popularityModel(features, feature));
      const works = models.map(model => () => registerModel(open(), parts('rivals'), model));
      const [registered, ...others] = kept(await settled(works, atOnce));
      expect(others).toEqual([]);
      expect(await openModel(open(), 'rivals')).toEqual(registered);
    });

    it('refuses another model under an id that is taken', async () => {
      await registerModel(open(), parts('taken'), good);
      await expect(registerModel(open(), parts('taken'), popularityModel(features, 'c'))).rejects.toThrow(
        /one that is taken/,
      );
    });

    it.each(['../m1', 'a/b', '', '.draft-1', '..'])('refuses the id %j', async id => {
      await expect(openModel(open(), id)).rejects.toThrow(/MODEL_REFUSED.*an id of letters/);
    });

    it('refuses what was never registered', async () => {
      await expect(openModel(open(), 'nobody')).rejects.toThrow(/MODEL_REFUSED.*nobody\/manifest.json.*no such file/);
    });
  });

  describe('a file of the registry', () => {
    it('is created once, however many try', async () => {
      const works = Array.from({ length: 12 }, (_, n) => () => open().create('.a/b/once', Buffer.from(`${n}`)));
      const got = kept(await settled(works, atOnce));
      expect(got).toHaveLength(12);
      expect(got.filter(Boolean)).toHaveLength(1);
      expect(Buffer.from((await open().read('.a/b/once', 10))!).toString()).toBe(`${got.indexOf(true)}`);
      expect(await open().list('.a/b')).toEqual(['once']);
      await expect(open().read('.a/b/once', 0)).rejects.toThrow(/MODEL_REFUSED.*at most 0 bytes/);
    });

    it('that is not there is nothing, and so is a folder', async () => {
      expect(await open().read('.a/nowhere', 10)).toBeUndefined();
      expect(await open().list('.nowhere')).toEqual([]);
    });

    it('is told by the name of its folder, and a model by its own', async () => {
      await registerModel(open(), parts('listed'), good);
      await open().create('.d/e/f', Buffer.from('1'));
      expect(await open().list('.d')).toEqual(['e']);
      const all = await open().list('');
      expect(all).toEqual(expect.arrayContaining(['.d', 'listed']));
      expect(all.filter(name => name.includes('/'))).toEqual([]);
    });

    it('says when it was put', async () => {
      await open().create('.t/1', Buffer.from('1'));
      const put_ms = (await open().modified_ms('.t/1'))!;
      expect(Math.abs(put_ms - Date.now())).toBeLessThan(60_000);
      expect(await open().modified_ms('.t/2')).toBeUndefined();
    });

    it('goes with its folder, and with no other one', async () => {
      for (const name of ['.g/a/1', '.g/a/2', '.g/ab/1']) await open().create(name, Buffer.from('1'));
      await open().remove('.g/a');
      expect(await open().list('.g')).toEqual(['ab']);
      expect(await open().read('.g/a/1', 10)).toBeUndefined();
      await open().remove('.g/a'); // there is none any more
    });

    it('is replaced where somebody says so', async () => {
      await open().replace('.a/c', Buffer.from('1'));
      await open().replace('.a/c', Buffer.from('2'));
      expect(Buffer.from((await open().read('.a/c', 10))!).toString()).toBe('2');
    });
  });

  describe('a model that was changed after it was registered', () => {
    it.each<[string, string, (bytes: Buffer) => Buffer, RegExp]>([
      ['a flipped bit', 'model.onnx', bytes => Buffer.from(bytes.map((b, at) => (at === 40 ? b ^ 1 : b))), /sha256/],
      ['half a file', 'model.onnx', bytes => bytes.subarray(0, bytes.length / 2), /sha256/],
      ['a manifest that is no JSON', 'manifest.json', bytes => bytes.subarray(1), /expected a manifest/],
      [
        'a manifest that lacks a field',
        'manifest.json',
        bytes => edited(bytes, ({ kind: _, ...rest }) => rest),
        /kind/,
      ],
      ['the manifest of another', 'manifest.json', bytes => edited(bytes, each => ({ ...each, id: 'm2' })), /got m2/],
      ['a file elsewhere', 'manifest.json', bytes => edited(bytes, withFile('../../x')), /files inside its directory/],
      ['a hash for no file', 'manifest.json', bytes => edited(bytes, withFile('gone')), /a file that can be read/],
      [
        'no hash of the model',
        'manifest.json',
        bytes => edited(bytes, each => ({ ...each, files: {} })),
        /the hash of/,
      ],
      [
        'one feature more',
        'manifest.json',
        bytes => edited(bytes, moreFeatures),
        /features float32\[N, 4\]; got .*N, 3/,
      ],
    ])('is refused: %s', async (what, name, damage, message) => {
      const id = what.replaceAll(' ', '-');
      const { manifest } = await registerModel(open(), parts(id), good);
      const sha256 = manifest.files[name];
      const file = sha256 ? open().nameOf(id, { name, sha256 }) : `${id}/${name}`;
      await open().replace(file, damage(Buffer.from((await open().read(file, 1_000_000))!)));
      await expect(openModel(open(), id)).rejects.toMatchObject({
        code: 'MODEL_REFUSED',
        message: expect.stringMatching(message),
      });
    });
  });
}

type Json = Record<string, unknown>;

function edited(bytes: Buffer, edit: (manifest: Json) => Json): Buffer {
  return Buffer.from(JSON.stringify(edit(JSON.parse(bytes.toString('utf8')) as Json)));
}

function withFile(name: string) {
  return (manifest: Json): Json => ({ ...manifest, files: { ...(manifest.files as Json), [name]: 'a'.repeat(64) } });
}

function moreFeatures(manifest: Json): Json {
  return { ...manifest, features: [...features, 'd'] };
}
