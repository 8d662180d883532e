import { z } from 'zod';
import { Cursor, copyOf, readBytes, refuse } from './bytes.ts';
import { Made, Name, type Pickled, readPickle } from './pickle.ts';
import { sizeOf, type Weight } from './weight.ts';

/**
 * Reads a file of tensors by name that PyTorch's `torch.save` wrote before version 1.6 (that is, with
 * `_use_new_zipfile_serialization=False`): pickles of a magic number, a version, the machine, the tensors and the keys
 * of their storages, then the storages, each with its length in 8 bytes. Nothing in it is executed.
 *
 * @returns the tensors, float32 and int64, each row by row whatever its order in the file
 * @throws MODEL_REFUSED where the file is not one, was cut short, or has anything else in it
 */
export async function readTorch(file: string): Promise<ReadonlyMap<string, Weight>> {
  const cursor = new Cursor(await readBytes(file), file);
  requireHead(cursor, file);
  const storages = new Map<string, Storage>();
  const tensors = readPickle(cursor, tensorReader(storages, file), file);
  if (!(tensors instanceof Map)) return refuse(file, 'tensors by name', 'something else');
  fill(storages, cursor, file);
  return new Map([...tensors].map(([name, tensor]) => [name, weightOf(tensor, `${file}, tensor ${name}`)]));
}

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;

function requireHead(cursor: Cursor, where: string): void {
  const nothing = {
    called: (name: string) => refuse(where, 'no call in its head', name),
    persistent: () => refuse(where, 'no storage in its head', 'one'),
  };
  const [magic, version] = [readPickle(cursor, nothing, where), readPickle(cursor, nothing, where)];
  if (magic !== MAGIC || version !== VERSION) refuse(where, `a file of torch.save, version ${VERSION}`, 'another');
  const machine = readPickle(cursor, nothing, where);
  if (!(machine instanceof Map) || machine.get('little_endian') !== true) {
    refuse(where, 'a file of a little-endian machine', 'another');
  }
}

interface Type {
  bytes: number;
  read(data: ArrayBuffer): Weight['data'];
}

const TYPES = new Map<string, Type>([
  ['torch FloatStorage', { bytes: 4, read: data => new Float32Array(data) }],
  ['torch LongStorage', { bytes: 8, read: data => new BigInt64Array(data) }],
]);

/** A run of numbers; its data come after all tensors. */
interface Storage {
  type: Type;
  count: number;
  data?: Weight['data'] | undefined;
}

/** A tensor that is one element at `offset`, and `strides` further along an axis the next. */
interface View {
  storage: Storage;
  offset: number;
  shape: readonly number[];
  strides: readonly number[];
}

const length = z.int().nonnegative();
const StorageId = z.tuple([z.literal('storage'), z.instanceof(Name), z.string(), z.string(), length, z.null()]);
const TensorParts = z.tuple([z.instanceof(Made), length, z.array(length).max(8), z.array(length).max(8)], z.unknown());

function tensorReader(storages: Map<string, Storage>, where: string) {
  return {
    persistent(id: Pickled): Pickled {
      const found = StorageId.safeParse(id);
      if (!found.success) return refuse(where, 'the identity of a storage', z.prettifyError(found.error));
      const [, { name }, key, , count] = found.data;
      const type = TYPES.get(name) ?? refuse(where, `a storage of ${[...TYPES.keys()].join(' or ')}`, name);
      const storage = storages.get(key) ?? { type, count };
      if (storage.type !== type || storage.count !== count) refuse(`${where}, storage ${key}`, 'one size', 'two');
      storages.set(key, storage);
      return new Made(storage);
    },
    called(name: string, given: Pickled): Pickled {
      if (name === 'collections OrderedDict') return new Map();
      if (name !== 'torch._utils _rebuild_tensor_v2') return refuse(where, 'dictionaries and tensors', name);
      const parts = TensorParts.safeParse(given);
      if (!parts.success) return refuse(where, 'the parts of a tensor', z.prettifyError(parts.error));
      const [{ value }, offset, shape, strides] = parts.data;
      if (strides.length !== shape.length) refuse(where, 'a stride for each dimension', `${strides} for [${shape}]`);
      return new Made({ storage: value as Storage, offset, shape, strides } satisfies View);
    },
  };
}

/** Reads the storages in the order of their keys, up to the file's last byte. */
function fill(storages: ReadonlyMap<string, Storage>, cursor: Cursor, where: string): void {
  const keys = readPickle(cursor, tensorReader(new Map(), where), where);
  if (!Array.isArray(keys)) refuse(where, 'a list of storages', 'something else');
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage || storage.data) refuse(where, 'the key of a storage, once', typeof key);
    const count = cursor.u64();
    if (count !== storage.count) refuse(`${where}, storage ${key}`, `${storage.count} numbers`, String(count));
    storage.data = storage.type.read(copyOf(cursor.take(count * storage.type.bytes)));
  }
  if (cursor.left > 0) refuse(where, 'the end after the last storage', `${cursor.left} more bytes`);
}

/** A storage is for one tensor: what a file says of its tensors then takes no more memory than the file. */
function weightOf(tensor: Pickled, where: string): Weight {
  const { storage, offset, shape, strides }: Partial<View> = tensor instanceof Made ? (tensor.value as View) : {};
  if (!storage || offset === undefined || !shape || !strides) return refuse(where, 'a tensor', 'something else');
  const { data } = storage;
  if (!data) return refuse(where, 'a storage of its own that is in the file', 'none');
  const last = shape.reduce((at, dim, axis) => at + (dim - 1) * strides[axis]!, offset);
  if (shape.includes(0) || sizeOf(shape) > data.length || last >= data.length) {
    refuse(where, `from 1 to ${data.length} numbers`, `[${shape}] from ${offset} by ${strides}`);
  }
  storage.data = undefined;
  const order = places({ offset, shape, strides });
  return data instanceof Float32Array
    ? { dtype: 'float32', shape, data: Float32Array.from(order, place => data[place]!) }
    : { dtype: 'int64', shape, data: BigInt64Array.from(order, place => data[place]!) };
}

/** Where in its storage each element of a tensor is, row by row. */
function places({ offset, shape, strides }: Omit<View, 'storage'>): Uint32Array {
  let found = Uint32Array.of(offset);
  for (const [axis, dim] of shape.entries()) {
    const next = new Uint32Array(found.length * dim);
    for (let at = 0; at < next.length; at++) next[at] = found[Math.floor(at / dim)]! + (at % dim) * strides[axis]!;
    found = next;
  }
  return found;
}
