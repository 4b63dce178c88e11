// Unpacks what was packed by LZMA, in the format that `xz --format=lzma` reads
// and writes (its parts as in the LZMA specification of the 7-Zip project). Not
// here: an end marker, and lengths of 4 GB and more.

/** Where the probabilities of each kind of decision begin; behind the last, the literals. */
const MATCH = 0;
const REPEAT = 192;
const REPEAT_0 = 204;
const REPEAT_1 = 216;
const REPEAT_2 = 228;
const REPEAT_0_LONG = 240;
const SLOT = 432;
const FAR = 688;
const ALIGN = 816;
const LENGTH = 832;
const REPEAT_LENGTH = 1346;
const LITERAL = 1860;

/** What a length may begin with, and where its parts are. */
const LOW = 2;
const MIDDLE = 130;
const HIGH = 258;

/** The range decoder: one decision after another. */
class Decisions {
  range = -1;
  code = 0;

  /** @param {Uint8Array} packed @param {number} at @param {number} count of probabilities */
  constructor(packed, at, count) {
    this.packed = packed;
    this.at = at;
    this.chances = new Uint16Array(count).fill(1024);
    // The first byte is always zero.
    for (let left = 5; left > 0; left -= 1) this.code = this.code << 8 | this.byte();
  }

  byte() {
    return this.packed[this.at++] ?? 0;
  }

  /** A decision as likely as was seen before. @param {number} place */
  bit(place) {
    const chance = this.chances[place] ?? 0;
    const bound = Math.imul(this.range >>> 11, chance);
    let bit = 0;
    if (this.code >>> 0 < bound >>> 0) {
      this.range = bound;
      this.chances[place] = chance + (2048 - chance >> 5);
    } else {
      this.range = this.range - bound | 0;
      this.code = this.code - bound | 0;
      this.chances[place] = chance - (chance >> 5);
      bit = 1;
    }
    if (this.range >>> 24 === 0) {
      this.range <<= 8;
      this.code = this.code << 8 | this.byte();
    }
    return bit;
  }

  /** Bits of which nothing is known. @param {number} count */
  plain(count) {
    let value = 0;
    for (; count > 0; count -= 1) {
      this.range >>>= 1;
      const bit = this.code >>> 0 >= this.range >>> 0 ? 1 : 0;
      if (bit) this.code -= this.range;
      value = value << 1 | bit;
      if (this.range >>> 24 === 0) {
        this.range <<= 8;
        this.code = this.code << 8 | this.byte();
      }
    }
    return value;
  }

  /**
   * Bits from the highest on. Most decisions are made here, so it is `bit` with
   * all at hand: that takes a fifth off.
   * @param {number} place
   * @param {number} count
   */
  tree(place, count) {
    const { chances, packed } = this;
    let { range, code, at } = this;
    let node = 1;
    for (let left = count; left > 0; left -= 1) {
      const chance = chances[place + node] ?? 0;
      const bound = Math.imul(range >>> 11, chance);
      if (code >>> 0 < bound >>> 0) {
        range = bound;
        chances[place + node] = chance + (2048 - chance >> 5);
        node <<= 1;
      } else {
        range = range - bound | 0;
        code = code - bound | 0;
        chances[place + node] = chance - (chance >> 5);
        node = node << 1 | 1;
      }
      if (range >>> 24 === 0) {
        range <<= 8;
        code = code << 8 | (packed[at++] ?? 0);
      }
    }
    this.range = range;
    this.code = code;
    this.at = at;
    return node - (1 << count);
  }

  /** Bits from the lowest on. @param {number} place @param {number} count */
  reversed(place, count) {
    let node = 1;
    let value = 0;
    for (let at = 0; at < count; at += 1) {
      const bit = this.bit(place + node);
      node = node << 1 | bit;
      value |= bit << at;
    }
    return value;
  }

  /** The length of a match. @param {number} place @param {number} phase */
  length(place, phase) {
    if (!this.bit(place)) return 2 + this.tree(place + LOW + (phase << 3), 3);
    if (!this.bit(place + 1)) return 10 + this.tree(place + MIDDLE + (phase << 3), 3);
    return 18 + this.tree(place + HIGH, 8);
  }

  /** How far back a match is. @param {number} length */
  distance(length) {
    const slot = this.tree(SLOT + (Math.min(length - 2, 3) << 6), 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const high = (2 | slot & 1) << bits;
    if (slot < 14) return high + this.reversed(FAR + high - slot - 1, bits);
    return high + (this.plain(bits - 4) << 4) + this.reversed(ALIGN, 4);
  }

  /** A byte where the byte of the last match, `other`, was not: it begins as that one. @param {number} place @param {number} other */
  unlike(place, other) {
    let node = 1;
    while (node < 256) {
      other <<= 1;
      const expected = other & 256;
      const bit = this.bit(place + 256 + expected + node);
      node = node << 1 | bit;
      if (expected >> 8 !== bit) break;
    }
    while (node < 256) node = node << 1 | this.bit(place + node);
    return node;
  }
}

/**
 * What was packed.
 * @param {Uint8Array} packed
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function unlzma(packed) {
  const [settings = 0] = packed;
  const before = settings % 9;
  const places = Math.floor(settings / 9) % 5;
  const phases = (1 << Math.floor(settings / 45)) - 1;
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const out = new Uint8Array(view.getUint32(5, true));
  const from = new Decisions(packed, 13, LITERAL + (0x300 << before + places));
  let at = 0;
  /** What the last decisions were: 7 and more after a match. */
  let state = 0;
  let [near, second, third, fourth] = [0, 0, 0, 0];
  while (at < out.length) {
    const phase = at & phases;
    if (!from.bit(MATCH + (state << 4) + phase)) {
      const last = at > 0 ? out[at - 1] ?? 0 : 0;
      const place = LITERAL + 0x300 * (((at & (1 << places) - 1) << before) + (last >> 8 - before));
      out[at] = state < 7 ? from.tree(place, 8) : from.unlike(place, out[at - near - 1] ?? 0);
      at += 1;
      if (state < 4) state = 0;
      else state -= state < 10 ? 3 : 6;
      continue;
    }
    let length = 1;
    if (!from.bit(REPEAT + state)) {
      [second, third, fourth] = [near, second, third];
      length = from.length(LENGTH, phase);
      near = from.distance(length);
      state = state < 7 ? 7 : 10;
    } else {
      let long = true;
      if (!from.bit(REPEAT_0 + state)) {
        long = from.bit(REPEAT_0_LONG + (state << 4) + phase) === 1;
      } else if (!from.bit(REPEAT_1 + state)) {
        [near, second] = [second, near];
      } else if (!from.bit(REPEAT_2 + state)) {
        [near, second, third] = [third, near, second];
      } else {
        [near, second, third, fourth] = [fourth, near, second, third];
      }
      if (long) length = from.length(REPEAT_LENGTH, phase);
      state = state < 7 ? (long ? 8 : 9) : 11;
    }
    // A match may be longer than it is far: then it repeats itself.
    for (const end = Math.min(at + length, out.length); at < end; at += 1) out[at] = out[at - near - 1] ?? 0;
  }
  return out;
}
