import { constant, type Data, DTYPES, type Dtype, type Tensor } from '../tensor.ts';
import { type TensorProto, whole } from './onnx.ts';
import { refuse } from './refuse.ts';

/** No tensor has more elements; XLM-RoBERTa's large table of words, the largest seen, has 256 million. */
const ELEMENTS = 2 ** 28;

/**
 * A constant of an ONNX file. Its data are a view of the file's bytes where they lie as a typed array needs it, at a
 * multiple of an element's size; elsewhere they are copied.
 *
 * @param name that it gets in place of the file's
 * @throws MODEL_REFUSED where data lie outside the file, are of an unknown type, or do not fill their shape
 */
export function constantOf(proto: TensorProto, where: string, name = proto.name ?? ''): Tensor {
  const place = name === '' ? where : `${where}, ${name}`;
  if (proto.dataLocation || (proto.externalData ?? []).length > 0) {
    const next = 'Save it with all its data in one file';
    refuse(place, 'data inside the file', 'a reference to external data', next);
  }
  const dtype = dtypeOf(proto.dataType, place);
  const shape = (proto.dims ?? []).map(whole);
  const elements = requireSize(shape, place);
  return constant(dtype, dataOf(proto, dtype, elements, place), shape, name || undefined);
}

/**
 * Moves a constant's data to where a typed array can begin, within the bytes of a file that nobody else reads: a little
 * down, over the tag and the length that stood before them. So a large file is in memory once and not nearly twice.
 */
export function settle(proto: TensorProto): void {
  const found = Object.values(DTYPES).find(({ code }) => code === proto.dataType);
  const raw = proto.rawData;
  if (!found || !raw) return;
  const over = raw.byteOffset % found.array.BYTES_PER_ELEMENT;
  // A tag of one byte, then the length, seven bits in each byte.
  const header = 1 + Math.max(Math.ceil(Math.log2(raw.length + 1) / 7), 1);
  if (over === 0 || over > header) return;
  const moved = new Uint8Array(raw.buffer, raw.byteOffset - over, raw.length + over).copyWithin(0, over);
  proto.rawData = moved.subarray(0, raw.length);
}

/** The type of a code, where it is one that operations can take. */
export function dtypeOf(code: number | null | undefined, where: string): Dtype {
  const found = Object.entries(DTYPES).find(([, dtype]) => dtype.code === code);
  return found ? (found[0] as Dtype) : refuse(where, `one of ${Object.keys(DTYPES).join(', ')}`, `ONNX type ${code}`);
}

/** The number of elements of a shape, its symbolic dimensions taken as 1. */
export function requireSize(shape: readonly (number | string)[], where: string): number {
  const sizes = shape.filter(dim => typeof dim === 'number');
  const bad = sizes.find(size => !Number.isSafeInteger(size) || size < 0);
  if (bad !== undefined) refuse(where, 'whole sizes of 0 or more', String(bad));
  const elements = sizes.reduce((product, size) => product * size, 1);
  return elements <= ELEMENTS ? elements : refuse(where, `at most ${ELEMENTS} elements`, sizes.join(' x '));
}

function dataOf(proto: TensorProto, dtype: Dtype, elements: number, where: string): Data {
  const { array } = DTYPES[dtype];
  const raw = proto.rawData ?? new Uint8Array();
  if (raw.length > 0) {
    if (raw.length !== elements * array.BYTES_PER_ELEMENT) {
      return refuse(where, `${elements} elements of ${dtype}`, `${raw.length} bytes`);
    }
    return raw.byteOffset % array.BYTES_PER_ELEMENT === 0
      ? new array(raw.buffer as ArrayBuffer, raw.byteOffset, elements)
      : new array(new Uint8Array(raw).buffer);
  }
  switch (dtype) {
    case 'float32':
      return Float32Array.from(proto.floatData ?? []);
    case 'float64':
      return Float64Array.from(proto.doubleData ?? []);
    case 'int64':
      return BigInt64Array.from(proto.int64Data ?? [], value => BigInt(value.toString()));
    default:
      return DTYPES[dtype].array.from(proto.int32Data ?? []);
  }
}
