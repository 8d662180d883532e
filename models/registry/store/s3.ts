import type { S3ServiceException } from '@aws-sdk/client-s3';
import { TemperError } from '../../../schemas/errors.ts';
import type { Bucket } from '../../../schemas/settings/config.ts';
import { MANIFEST, type ModelFile, type ModelStore } from './store.ts';

/** How long a store is waited for. */
export interface Patience {
  connect_ms: number;
  /** Without a byte, of request or answer: how long all of one takes is a matter of its size. */
  silent_ms: number;
  /** With pauses that grow to 20 s: a store that restarts is waited for. */
  attempts: number;
}

const PATIENCE: Patience = { connect_ms: 5_000, silent_ms: 60_000, attempts: 6 };

/**
 * A registry in a bucket of S3, or of what speaks like it. What is created once goes by `If-None-Match: *`, which the store
 * itself decides (S3 since 2024). A model is there once its manifest is; its files lie under their hashes, so that two who
 * register different bytes under one name never mix them.
 */
export function s3Store(
  { bucket, prefix, endpoint, region, credentials }: Bucket,
  patience: Patience = PATIENCE,
): ModelStore {
  const opening = open({ endpoint, region, credentials }, patience);
  opening.catch(() => {}); // whoever asks hears of it
  const where = `s3://${bucket}/${prefix}`;
  const at = (name: string) => ({ Bucket: bucket, Key: `${prefix}${name}` });
  /** Says what the store says, but for what the caller expects. */
  const asking = async <T, E = never>(
    name: string,
    request: Promise<T>,
    expected: Record<number, E> = {},
  ): Promise<T | E> => {
    try {
      return await request;
    } catch (cause) {
      const status = (cause as S3ServiceException).$metadata?.httpStatusCode ?? 0;
      if (Object.hasOwn(expected, status)) return expected[status]!;
      throw failed(`${where}${name}`, status, cause);
    }
  };
  const put = async (name: string, bytes: Uint8Array, once: { IfNoneMatch?: '*' } = {}) => {
    const { client, sdk } = await opening;
    return client.send(new sdk.PutObjectCommand({ ...at(name), Body: bytes, ...once }));
  };
  const create = async (name: string, bytes: Uint8Array): Promise<boolean> => {
    for (let attempt = 1; ; attempt++) {
      const asked = put(name, bytes, { IfNoneMatch: '*' });
      const said = await asking(name, asked, { 412: 'taken' as const, 409: 'busy' as const });
      if (said !== 'busy') return said !== 'taken';
      // Two came at once, and S3 lets neither decide: one more time says who was first.
      if (attempt === patience.attempts) throw failed(`${where}${name}`, 409, undefined);
    }
  };
  const replace = async (name: string, bytes: Uint8Array): Promise<void> => {
    await asking(name, put(name, bytes));
  };
  const list = async (folder: string): Promise<string[]> => {
    const { client, sdk } = await opening;
    const names: string[] = [];
    const { Key: Prefix } = at(folder === '' ? '' : `${folder}/`);
    let next: string | undefined;
    do {
      const about = { Bucket: bucket, Prefix, Delimiter: '/' }; // what lies deeper is told as the folder that it is in
      const page = new sdk.ListObjectsV2Command({ ...about, ...(next && { ContinuationToken: next }) });
      const found = await asking(folder, client.send(page));
      const keys = [
        ...(found.Contents ?? []).map(({ Key }) => Key!),
        ...(found.CommonPrefixes ?? []).map(each => each.Prefix!.slice(0, -1)),
      ];
      names.push(...keys.map(key => key.slice(Prefix.length)));
      next = found.NextContinuationToken;
    } while (next !== undefined);
    return names.sort();
  };
  const nameOf = (model: string, { name, sha256 }: Omit<ModelFile, 'bytes'>) => `${model}/${sha256}/${name}`;

  return {
    where,
    create,
    replace,
    list,
    nameOf,

    async read(name, limit_bytes) {
      const { client, sdk } = await opening;
      const found = await asking(name, client.send(new sdk.GetObjectCommand(at(name))), { 404: undefined });
      if (!found) {
        await asking(name, client.send(new sdk.HeadBucketCommand({ Bucket: bucket }))); // a bucket that is gone is no answer
        return undefined;
      }
      const got = found.ContentLength ?? 0;
      if (got <= limit_bytes) return await asking(name, found.Body!.transformToByteArray());
      (found.Body as { destroy?(): void }).destroy?.();
      const expected = `at most ${limit_bytes} bytes`;
      throw new TemperError('MODEL_REFUSED', { where: `${where}${name}`, expected, got: `${got}` });
    },

    async modified_ms(name) {
      const { client, sdk } = await opening;
      const found = await asking(name, client.send(new sdk.HeadObjectCommand(at(name))), { 404: undefined });
      return found?.LastModified?.getTime();
    },

    async remove(folder) {
      const { client, sdk } = await opening;
      const gone = (await list(folder)).map(each => {
        const name = `${folder}/${each}`;
        return asking(name, client.send(new sdk.DeleteObjectCommand(at(name))), { 404: undefined });
      });
      await Promise.all(gone);
    },

    async add(model, files, manifest) {
      const { client, sdk } = await opening;
      const name = `${model}/${MANIFEST}`;
      const there = await asking(name, client.send(new sdk.HeadObjectCommand(at(name))), { 404: undefined });
      if (there) return false;
      await Promise.all(files.map(file => replace(nameOf(model, file), file.bytes)));
      return create(name, manifest);
    },
  };
}

/** The SDK is loaded where there is a bucket, and nowhere else: it takes a quarter of a second. */
async function open(
  { endpoint, region, credentials }: Pick<Bucket, 'endpoint' | 'region' | 'credentials'>,
  { connect_ms, silent_ms, attempts }: Patience,
) {
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client({
    region,
    maxAttempts: attempts,
    // Not `requestTimeout`: it only writes a line, or else ends a large upload that goes on well.
    requestHandler: { connectionTimeout: connect_ms, socketTimeout: silent_ms },
    ...(endpoint && { endpoint, forcePathStyle: true }), // loopback and most other stores have no name for each bucket
    ...(credentials && { credentials }),
  });
  return { client, sdk };
}

function failed(where: string, status: number, cause: unknown): TemperError {
  const refused = status === 301 || status === 403 || status === 404;
  return new TemperError(refused ? 'CONFIG_INVALID' : 'UNREACHABLE', {
    where,
    expected: 'a bucket that is there, and that may be read and written',
    got: status === 0 ? 'no answer' : `status ${status}`,
    next: 'Check TEMPER_REGISTRY, its endpoint, region and credentials',
    cause,
  });
}
