// Puts a WebAssembly module together that was sorted by kind, to be packed
// better. What the sorted text looks like is said in crates/xtask/src/sorted.rs.

/** Shapes of operands: 0 a number, 1 a table of numbers; others are that many bytes and two. */
const TABLE = 1;
const BYTES = 2;

/** Room for a number. */
const ROOM = 5;

/** What an instruction does to the depth of blocks, by its nesting. */
const DEEPER = [0, 1, -1];

/**
 * An instruction: the bytes that it begins with, what it is for the operands of
 * the one before it, what it does to the depth of blocks, and its operands:
 * their shapes, and where the table of streams begins for their sort.
 * @typedef {{ bytes: number[], class: number, deeper: number, operands: { shape: number, streams: number }[] }} Instruction
 */

/** Reads bytes and numbers one after another. */
class Reader {
  /** @param {Uint8Array} text */
  constructor(text, at = 0) {
    this.text = text;
    this.at = at;
  }

  byte() {
    return this.text[this.at++] ?? 0;
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }
}

/** Writes what is taken from readers. */
class Writer {
  at = 0;

  /** @param {number} length */
  constructor(length) {
    this.bytes = new Uint8Array(length);
  }

  /** @param {Reader} from */
  take(from, count = 1) {
    for (; count > 0; count -= 1) this.bytes[this.at++] = from.byte();
  }

  /** @param {Reader} from */
  takeNumber(from) {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = from.byte();
      this.bytes[this.at++] = byte;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  /** Writes the length of what was written behind the room that was left for it at `start`. @param {number} start */
  close(start) {
    const body = start + ROOM;
    let at = start;
    for (let length = this.at - body; ; length >>= 7) {
      this.bytes[at++] = length > 127 ? length & 127 | 128 : length;
      if (length < 128) break;
    }
    this.bytes.copyWithin(at, body, this.at);
    this.at -= body - at;
  }
}

/**
 * The module, whether it was sorted or not.
 * @param {ArrayBuffer} packed
 * @returns {ArrayBuffer}
 */
export function joined(packed) {
  const text = new Uint8Array(packed);
  // A module begins with a zero byte, and a length of some bytes does not.
  return text[0] === 0 ? packed : join(new Reader(text));
}

/** @param {Reader} text */
function join(text) {
  const number = () => text.number();
  /** @template T @param {() => T} one */
  const list = (one, length = number()) => Array.from({ length }, one);

  const module = new Writer(number());
  const functions = number();
  const sorts = number();
  const classes = number();
  const table = list(number, sorts * classes);
  /** @type {Instruction[]} */
  const instructions = [];
  /** The instructions that each symbol stands for. @type {number[][]} */
  const symbols = [];
  for (let count = number(); count > 0; count -= 1) {
    const length = number();
    if (length === 0) {
      symbols.push(list(() => text.byte(), 2).flatMap((symbol) => symbols[symbol] ?? []));
    } else {
      symbols.push([instructions.length]);
      instructions.push({
        bytes: list(() => text.byte(), length - 1),
        class: number(),
        deeper: DEEPER[number()] ?? 0,
        operands: list(() => ({ shape: number(), streams: number() * classes })),
      });
    }
  }
  const lengths = list(number);
  const streams = lengths.map((length) => {
    const stream = new Reader(text.text, text.at);
    text.at += length;
    return stream;
  });
  const [written = text, declarations = text, before = text, behind = text] = streams;
  const [count = 0, , ahead = 0, rest = 0] = lengths;
  const code = expanded(text.text.subarray(written.at, written.at + count), symbols);

  module.take(before, ahead);
  let place = 0;
  for (let left = functions; left > 0; left -= 1) {
    const start = module.at;
    module.at += ROOM;
    for (let groups = module.takeNumber(declarations); groups > 0; groups -= 1) {
      module.takeNumber(declarations);
      module.take(declarations);
    }
    for (let depth = 1; depth > 0 && place < code.length;) {
      const { bytes, deeper, operands } = /** @type {Instruction} */ (instructions[code[place++] ?? 0]);
      for (const byte of bytes) module.bytes[module.at++] = byte;
      depth += deeper;
      for (const { shape, streams: row } of operands) {
        const next = instructions[code[place] ?? 0]?.class ?? 0;
        const stream = streams[table[row + next] ?? 0] ?? text;
        if (shape >= BYTES) module.take(stream, shape - BYTES);
        else {
          const more = module.takeNumber(stream);
          if (shape === TABLE) for (let entry = 0; entry <= more; entry += 1) module.takeNumber(stream);
        }
      }
    }
    module.close(start);
  }
  module.take(behind, rest);
  return module.bytes.buffer;
}

/**
 * Symbols as the instructions that they stand for.
 * @param {Uint8Array} written
 * @param {number[][]} symbols
 */
function expanded(written, symbols) {
  let length = 0;
  for (const symbol of written) length += symbols[symbol]?.length ?? 0;
  const code = new Uint8Array(length);
  let at = 0;
  for (const symbol of written) {
    for (const instruction of symbols[symbol] ?? []) code[at++] = instruction;
  }
  return code;
}
