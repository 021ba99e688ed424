import { Packet } from 'dns2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../../src/dns/byte-writer.ts';

describe('the writer of messages', () => {
  it('writes what that of dns2 writes', () => {
    const writes = fc.array(fc.tuple(fc.nat(0xffffffff), fc.integer({ min: 1, max: 32 })), {
      maxLength: 300,
    });
    fc.assert(
      fc.property(writes, fc.nat(0xffff), (numbers, patched) => {
        const [ours, theirs] = [new ByteWriter(), new Packet.Writer()];
        for (const writer of [ours, theirs]) {
          writer.write(7, 3);
          const place = writer.bitLength();
          writer.write(0, 16);
          for (const [value, size] of numbers) writer.write(value, size);
          writer.patch(place, patched, 16);
        }
        expect(ours.bitLength()).toBe(theirs.bitLength());
        expect(ours.byteLength()).toBe(theirs.byteLength());
        expect(ours.toBuffer()).toEqual(theirs.toBuffer());
      }),
    );
  });
});
