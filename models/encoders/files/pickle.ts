import { type Cursor, refuse } from './bytes.ts';

/** What a pickle holds: data alone. Tuples and lists are arrays, dictionaries are maps. */
export type Pickled = null | boolean | number | bigint | string | Name | Made | Pickled[] | Map<string, Pickled>;

/** The name of something in Python, as `torch FloatStorage`: nothing is looked up, imported or called by it. */
export class Name {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** What a reader made for a name and its arguments; the pickle only passes it on. */
export class Made {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** What a file's own reader makes of the two things that a pickle leaves to others; it refuses what it does not know. */
export interface PickleReader {
  /** Where Python would call what has this name. */
  called(name: string, given: Pickled): Pickled;
  /** What an identity stands for. */
  persistent(id: Pickled): Pickled;
}

/** More instructions than any file of weights has, and so more than it may make objects of. */
const MOST_INSTRUCTIONS = 2 ** 20;
const MOST_CHARS = 4_096;
/** A pickle has many ways to say a thing: this is what torch.save writes, in protocol 2. */
const PROTOCOL = 2;

/**
 * Reads one pickle (https://github.com/python/cpython/blob/main/Lib/pickletools.py lists its instructions), a small
 * program for a machine with a stack. Here it can make data and nothing else.
 *
 * @throws MODEL_REFUSED where an instruction is not known, has not what it needs, or there are too many
 */
export function readPickle(cursor: Cursor, reader: PickleReader, where: string): Pickled {
  const machine = new Machine(cursor, reader, where);
  for (let count = 0; count < MOST_INSTRUCTIONS; count++) {
    if (machine.step()) return machine.pop();
  }
  return refuse(where, `at most ${MOST_INSTRUCTIONS} instructions`, 'more');
}

class Machine {
  readonly #cursor: Cursor;
  readonly #reader: PickleReader;
  readonly #where: string;
  readonly #memo = new Map<number, Pickled>();
  #stack: Pickled[] = [];
  /** The stacks below each mark. */
  readonly #below: Pickled[][] = [];

  constructor(cursor: Cursor, reader: PickleReader, where: string) {
    this.#cursor = cursor;
    this.#reader = reader;
    this.#where = where;
  }

  /** Does one instruction; true where it was the last. */
  step(): boolean {
    const code = String.fromCharCode(this.#cursor.u8());
    if (code === '.') return true;
    const instruction = INSTRUCTIONS[code] ?? this.refuse('a known instruction', hex(code));
    instruction(this, this.#cursor);
    return false;
  }

  push(value: Pickled): void {
    this.#stack.push(value);
  }

  pop(): Pickled {
    return this.#stack.length > 0 ? this.#stack.pop()! : this.refuse('something on the stack', 'nothing');
  }

  popMany(count: number): Pickled[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  /** The value on top, which stays there. */
  top(): Pickled {
    const value = this.pop();
    this.push(value);
    return value;
  }

  mark(): void {
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** All that came after the last mark. */
  popMarked(): Pickled[] {
    const marked = this.#stack;
    this.#stack = this.#below.pop() ?? this.refuse('a mark', 'none');
    return marked;
  }

  put(place: number): void {
    this.#memo.set(place, this.top());
  }

  get(place: number): void {
    this.push(this.#memo.get(place) ?? this.refuse('something remembered', `nothing at ${place}`));
  }

  setItems(items: readonly Pickled[]): void {
    const map = this.top();
    if (!(map instanceof Map) || items.length % 2 !== 0) this.refuse('a dictionary and pairs', 'something else');
    for (let at = 0; at < items.length; at += 2) {
      const key = items[at];
      if (typeof key !== 'string') this.refuse('a text as key', typeof key);
      map.set(key, items[at + 1]!);
    }
  }

  append(items: readonly Pickled[]): void {
    const list = this.top();
    if (!Array.isArray(list)) this.refuse('a list', typeof list);
    for (const item of items) list.push(item);
  }

  call(): void {
    const given = this.pop();
    const name = this.pop();
    if (!(name instanceof Name)) this.refuse('a name to call', typeof name);
    this.push(this.#reader.called(name.name, given));
  }

  resolve(): void {
    this.push(this.#reader.persistent(this.pop()));
  }

  text(bytes: number): string {
    if (bytes > MOST_CHARS) return this.refuse(`a text of at most ${MOST_CHARS} bytes`, `one of ${bytes}`);
    return this.#cursor.text(bytes);
  }

  /** Up to the end of a line. */
  line(): string {
    const bytes: number[] = [];
    for (let byte = this.#cursor.u8(); byte !== 0x0a; byte = this.#cursor.u8()) {
      if (bytes.push(byte) > MOST_CHARS) this.refuse(`a line of at most ${MOST_CHARS} bytes`, 'a longer one');
    }
    return Buffer.from(bytes).toString('utf8');
  }

  refuse(expected: string, got: string): never {
    return refuse(`${this.#where}, ${this.#cursor.left} bytes before its end`, expected, got);
  }
}

type Instruction = (machine: Machine, cursor: Cursor) => void;

/** By their codes, in the order of pickletools. */
const INSTRUCTIONS: Record<string, Instruction | undefined> = {
  __proto__: null as never,
  J: (machine, cursor) => machine.push(cursor.i32()),
  K: (machine, cursor) => machine.push(cursor.u8()),
  M: (machine, cursor) => machine.push(cursor.u16()),
  '\x8a': (machine, cursor) => machine.push(whole(cursor.take(cursor.u8()))),
  X: (machine, cursor) => machine.push(machine.text(cursor.u32())),
  N: machine => machine.push(null),
  '\x88': machine => machine.push(true),
  '\x89': machine => machine.push(false),
  ']': machine => machine.push([]),
  a: machine => machine.append(machine.popMany(1)),
  e: machine => machine.append(machine.popMarked()),
  ')': machine => machine.push([]),
  t: machine => machine.push(machine.popMarked()),
  '\x85': machine => machine.push(machine.popMany(1)),
  '\x86': machine => machine.push(machine.popMany(2)),
  '\x87': machine => machine.push(machine.popMany(3)),
  '}': machine => machine.push(new Map()),
  s: machine => machine.setItems(machine.popMany(2)),
  u: machine => machine.setItems(machine.popMarked()),
  '(': machine => machine.mark(),
  h: (machine, cursor) => machine.get(cursor.u8()),
  j: (machine, cursor) => machine.get(cursor.u32()),
  q: (machine, cursor) => machine.put(cursor.u8()),
  r: (machine, cursor) => machine.put(cursor.u32()),
  c: machine => machine.push(new Name(`${machine.line()} ${machine.line()}`)),
  R: machine => machine.call(),
  // The attributes of an object: what holds the weights has none that say anything.
  b: machine => void machine.pop(),
  Q: machine => machine.resolve(),
  '\x80': (machine, cursor) => {
    const protocol = cursor.u8();
    if (protocol !== PROTOCOL) machine.refuse(`protocol ${PROTOCOL}`, String(protocol));
  },
};

/** Little-endian, in two's complement. */
function whole(bytes: Uint8Array): bigint {
  const unsigned = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return BigInt.asIntN(8 * bytes.length, unsigned);
}

function hex(code: string): string {
  return `0x${code.charCodeAt(0).toString(16)}`;
}
