import type { Writer } from 'dns2';

/** Longer than most messages, in bytes. */
const ROOM = 512;

/**
 * What dns2 writes a message into, in the place of its own, which keeps a number for each bit and copies all of them
 * after every record.
 */
export class ByteWriter implements Omit<Writer, 'buffer' | 'writeBuffer'> {
  private bytes = Buffer.alloc(ROOM);
  private bits = 0;

  /** Writes the lowest `size` bits of a number, at most 32. */
  write(value: number, size: number): void {
    while (this.bits + size > this.bytes.length * 8) {
      this.bytes = Buffer.concat([this.bytes, Buffer.alloc(this.bytes.length)]);
    }
    for (let left = size; left > 0;) {
      const free = 8 - (this.bits & 7);
      const count = Math.min(free, left);
      left -= count;
      const part = (value >>> left) & ((1 << count) - 1);
      this.bytes[this.bits >>> 3]! |= part << (free - count);
      this.bits += count;
    }
  }

  /** Writes over what was written as zeros. */
  patch(bitOffset: number, value: number, size: number): void {
    const end = this.bits;
    this.bits = bitOffset;
    this.write(value, size);
    this.bits = end;
  }

  bitLength(): number {
    return this.bits;
  }

  byteLength(): number {
    return this.bits / 8;
  }

  /** What was written so far: no copy. */
  toBuffer(): Buffer {
    return this.bytes.subarray(0, Math.ceil(this.bits / 8));
  }
}
