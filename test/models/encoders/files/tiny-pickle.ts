/** Instructions of a pickle, as Python's protocol 2 writes them. */
export const p = {
  start: Buffer.of(0x80, 2),
  stop: Buffer.from('.'),
  mark: Buffer.from('('),
  none: Buffer.from('N'),
  no: Buffer.of(0x89),
  yes: Buffer.of(0x88),
  emptyTuple: Buffer.from(')'),
  emptyList: Buffer.from(']'),
  emptyDict: Buffer.from('}'),
  tuple: Buffer.from('t'),
  items: Buffer.from('u'),
  appends: Buffer.from('e'),
  call: Buffer.from('R'),
  persistent: Buffer.from('Q'),
  build: Buffer.from('b'),
  name: (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`),
  text: (text: string) => Buffer.concat([Buffer.from('X'), u32(Buffer.byteLength(text)), Buffer.from(text)]),
  int: (value: number) => Buffer.concat([Buffer.from('J'), Buffer.from(Int32Array.of(value).buffer)]),
  put: (place: number) => Buffer.of(0x71, place),
  get: (place: number) => Buffer.of(0x68, place),
  long: (hex: string) => Buffer.concat([Buffer.of(0x8a, hex.length / 2), Buffer.from(hex, 'hex').reverse()]),
};

export const pickle = (...parts: Uint8Array[]): Buffer => Buffer.concat([p.start, ...parts, p.stop]);

export const tuple = (...parts: Uint8Array[]): Buffer => Buffer.concat([p.mark, ...parts, p.tuple]);

export interface TinyTensor {
  storage: string;
  /** Numbers of the storage; as many as are in `data`, if nothing else is said. */
  count?: number;
  type?: string;
  data: Float32Array | BigInt64Array;
  offset?: number;
  shape: number[];
  strides?: number[];
}

export const storageId = ({ storage, type, data, count = data.length }: TinyTensor): Buffer =>
  Buffer.concat([
    tuple(
      p.text('storage'),
      p.name('torch', type ?? (data instanceof Float32Array ? 'FloatStorage' : 'LongStorage')),
      p.text(storage),
      p.text('cpu'),
      p.int(count),
      p.none,
    ),
    p.persistent,
  ]);

export const tensor = (each: TinyTensor): Buffer => {
  const {
    offset = 0,
    shape,
    strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1)),
  } = each;
  return Buffer.concat([
    p.name('torch._utils', '_rebuild_tensor_v2'),
    tuple(storageId(each), p.int(offset), tuple(...shape.map(p.int)), tuple(...strides.map(p.int)), p.no, ORDERED),
    p.call,
  ]);
};

const ORDERED = Buffer.concat([p.name('collections', 'OrderedDict'), p.emptyTuple, p.call]);

export const HEAD = Buffer.concat([
  pickle(p.long('1950a86a20f9469cfc6c')),
  pickle(p.int(1001)),
  pickle(p.emptyDict, p.mark, p.text('little_endian'), p.yes, p.items),
]);

export const dictionary = (entries: Record<string, Uint8Array>): Buffer =>
  Buffer.concat([
    ORDERED,
    p.mark,
    ...Object.entries(entries).flatMap(([name, value]) => [p.text(name), value]),
    p.items,
  ]);

/** What follows the tensors: the keys of the storages, and their numbers. */
export function storages(tensors: readonly TinyTensor[]): Buffer {
  const data = tensors.map(({ data }) => {
    const length = Buffer.from(BigUint64Array.of(BigInt(data.length)).buffer);
    return Buffer.concat([length, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
  });
  const keys = pickle(p.emptyList, p.mark, ...tensors.map(({ storage }) => p.text(storage)), p.appends);
  return Buffer.concat([keys, ...data]);
}

/** A file as `torch.save` wrote it before version 1.6. */
export function torchFile(tensors: Record<string, TinyTensor>): Buffer {
  const entries = Object.fromEntries(Object.entries(tensors).map(([name, each]) => [name, tensor(each)]));
  return Buffer.concat([HEAD, pickle(dictionary(entries)), storages(Object.values(tensors))]);
}

function u32(value: number): Buffer {
  return Buffer.from(Uint32Array.of(value).buffer);
}
