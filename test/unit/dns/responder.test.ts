import { Packet } from 'dns2';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Responder } from '../../../src/dns/responder.ts';
import { Zone, type ZoneNames } from '../../../src/dns/zone.ts';
import { knownNames } from './known-names.ts';
import { question } from './question.ts';

const { TYPE, CLASS, RCODE } = Packet;
const ORIGIN = 'swarm.internal';
const addresses = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
const names = knownNames({
  front: {
    web: { addresses: ['10.0.9.2'] },
    few: { addresses: addresses(20) },
    many: { addresses: addresses(200) },
    most: { addresses: addresses(4_000) },
    more: { addresses: addresses(5_000) },
    srv: {
      endpoints: addresses(20).map((address, index) => ({
        protocol: 'tcp',
        port: 80,
        host: `srv-${index}-${'x'.repeat(25)}.front`,
        address,
      })),
    },
  },
});

function responderOf(known: ZoneNames = names): { responder: Responder; complaints: unknown[] } {
  const complaints: unknown[] = [];
  return {
    responder: new Responder(new Zone(ORIGIN, known, null), (error) => complaints.push(error)),
    complaints,
  };
}

function answerTo(bytes: Buffer, over: 'udp' | 'tcp' = 'udp'): { packet: Packet; length: number } {
  const { responder, complaints } = responderOf();
  const answer =
    over === 'udp' ? responder.overUdp(bytes, '192.0.2.1') : responder.overTcp(bytes, '192.0.2.1');
  expect(complaints).toEqual([]);
  if (!answer) throw new Error('There is no answer.');
  const packet = Packet.parse(answer);
  expect(packet.errors).toEqual([]);
  return { packet, length: answer.length };
}

describe('an answer', () => {
  it('repeats the id, the question and the wish for recursion, which it does not grant', () => {
    const { packet } = answerTo(question('wEb'));
    expect(packet.header).toMatchObject({
      id: 4711,
      qr: 1,
      aa: 1,
      tc: 0,
      rd: 1,
      ra: 0,
      rcode: RCODE.NOERROR,
    });
    expect(packet.questions).toMatchObject([{ name: `wEb.front.${ORIGIN}`, type: TYPE.A, class: CLASS.IN }]);
    expect(packet.answers).toMatchObject([{ address: '10.0.9.2', ttl: 5 }]);
  });

  it.each([
    ['few', undefined, 512, 20],
    ['many', undefined, 512, null],
    ['many', 512, 512, null],
    ['many', 0, 512, null],
    ['many', 65_535, 1232, null],
    ['few', 65_535, 1232, 20],
    ['more', 4_096, 1232, null],
  ] as const)(
    'over UDP, of %s with room for %s bytes, has %i bytes at most',
    (name, bufferSize, most, count) => {
      const asked = question(name, bufferSize === undefined ? {} : { bufferSize });
      const { packet, length } = answerTo(asked);
      expect(length).toBeLessThanOrEqual(most);
      expect(packet.header.tc).toBe(count === null ? 1 : 0);
      expect(packet.answers.length).toBe(count ?? 0);
      if (count === null) expect(length).toBeLessThanOrEqual(asked.length);
      expect(packet.additionals.length).toBe(bufferSize === undefined ? 0 : 1);
    },
  );

  it('leaves additional records out without a word where there is no room', () => {
    const whole = answerTo(question('srv', { type: TYPE.SRV }), 'tcp').packet;
    expect([whole.answers.length, whole.additionals.length]).toEqual([20, 20]);
    const { packet, length } = answerTo(question('srv', { type: TYPE.SRV, bufferSize: 1232 }));
    expect([packet.header.tc, packet.answers.length, packet.additionals.length]).toEqual([0, 20, 1]);
    expect(length).toBeLessThanOrEqual(1232);
  });

  it('over TCP has as much as a message can hold, in an order that differs', () => {
    const first = answerTo(question('most'), 'tcp').packet;
    const found = first.answers.map(({ address }) => address);
    expect(new Set(found)).toEqual(new Set(addresses(4_000)));
    expect(answerTo(question('most'), 'tcp').packet.answers.length).toBe(4_000);
    expect(answerTo(question('more'), 'tcp').packet.header.tc).toBe(1);
    const firsts = new Set(
      Array.from({ length: 200 }, () => answerTo(question('few')).packet.answers[0]?.address),
    );
    expect(firsts.size).toBeGreaterThan(1);
  });

  it('is as dns2 would write it', () => {
    const { responder } = responderOf();
    const ours = responder.overTcp(question('srv', { type: TYPE.SRV, bufferSize: 1232 }), '192.0.2.1');
    expect(ours).toEqual(Packet.parse(ours ?? Buffer.alloc(0)).toBuffer());
  });
});

describe('what is no question', () => {
  const header = (fields: object): Buffer => new Packet.Header({ id: 1, ...fields }).toBuffer();
  const extra = (bytes: Buffer, place: number, count: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy.writeUInt16BE(count, place);
    return copy;
  };

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a header', Buffer.alloc(11)],
    ['an answer', header({ qr: 1, qdcount: 1 })],
    ['more than is looked at', Buffer.concat([question('web'), Buffer.alloc(4_096)])],
  ])('is not answered: %s', (_, bytes) => {
    const { responder } = responderOf();
    expect(responder.overUdp(bytes, '192.0.2.1')).toBeNull();
    expect(responder.overTcp(bytes, '192.0.2.1')).toBeNull();
  });

  it.each([
    ['no question', header({}), RCODE.FORMERR],
    ['half a question', question('web').subarray(0, 20), RCODE.FORMERR],
    ['many questions', extra(question('web'), 4, 65_535), RCODE.FORMERR],
    ['answers', extra(question('web'), 6, 1), RCODE.FORMERR],
    ['authorities', extra(question('web'), 8, 1), RCODE.FORMERR],
    ['many additional records', extra(question('web'), 10, 65_535), RCODE.FORMERR],
    [
      'a name that points to itself',
      Buffer.concat([header({ qdcount: 1 }), Buffer.from('c00c00010001', 'hex')]),
      RCODE.FORMERR,
    ],
    [
      'EDNS twice',
      extra(
        Buffer.concat([question('web', { bufferSize: 512 }), Buffer.from('0000290200000000000000', 'hex')]),
        10,
        2,
      ),
      RCODE.FORMERR,
    ],
    ['EDNS to come', question('web', { bufferSize: 512, version: 1 }), RCODE.BADVERS],
    ['an update', header({ opcode: 5, qdcount: 1 }), RCODE.NOTIMP],
  ])('is refused: %s', (_, bytes, rcode) => {
    expect(answerTo(bytes).packet.header).toMatchObject({ qr: 1, rcode });
    expect(answerTo(bytes, 'tcp').packet.header).toMatchObject({ qr: 1, rcode });
  });

  it('may be any bytes at all: each is answered shortly and readably, or not at all', () => {
    const { responder, complaints } = responderOf();
    const valid = ['web', 'many', 'srv', 'nobody'].flatMap((name) => [
      question(name),
      question(name, { type: TYPE.SRV, bufferSize: 65_535 }),
    ]);
    const damaged = fc
      .tuple(
        fc.constantFrom(...valid),
        fc.array(fc.tuple(fc.nat(80), fc.integer({ min: 0, max: 255 })), { maxLength: 6 }),
        fc.nat(90),
      )
      .map(([bytes, changes, length]) => {
        const copy = Buffer.from(bytes);
        for (const [place, value] of changes) if (place < copy.length) copy[place] = value;
        return copy.subarray(0, length);
      });
    const noise = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(fc.oneof(damaged, noise), fc.boolean(), (bytes, udp) => {
        const answer = udp ? responder.overUdp(bytes, '192.0.2.1') : responder.overTcp(bytes, '192.0.2.1');
        if (answer === null) return;
        if (udp) expect(answer.length).toBeLessThanOrEqual(1232);
        const { header } = Packet.parse(answer);
        expect(header.qr).toBe(1);
        expect(header.id).toBe(bytes.readUInt16BE(0));
      }),
      { numRuns: 5_000 },
    );
    expect(complaints).toEqual([]);
  });
});

describe('a fault of ours', () => {
  it('is told to the client and to the log, and ends nothing', () => {
    const { responder, complaints } = responderOf({
      ready: true,
      serial: 0,
      network: () => {
        throw new Error('a bug');
      },
    });
    for (let round = 0; round < 2; round++) {
      const answer = responder.overUdp(question('web', { bufferSize: 512 }), '192.0.2.1');
      expect(Packet.parse(answer ?? Buffer.alloc(0)).header).toMatchObject({
        id: 4711,
        rcode: RCODE.SERVFAIL,
      });
    }
    expect(complaints.length).toBe(2);
  });
});

describe('a flood of questions', () => {
  it('is answered over UDP with no more bytes than came, after the first', () => {
    const { responder } = responderOf();
    const asked = question('few');
    let sent = 0;
    let truncated = 0;
    for (let count = 0; count < 3_000; count++) {
      const answer = responder.overUdp(asked, `192.0.2.${count % 256}`) ?? Buffer.alloc(0);
      if (Packet.Header.parse(answer).tc === 1) {
        truncated += 1;
        expect(answer.length).toBeLessThanOrEqual(asked.length);
      } else sent += answer.length;
    }
    expect(truncated).toBeGreaterThan(0);
    // A second may have passed meanwhile.
    expect(sent).toBeLessThanOrEqual(4 * 256 * 1024);
    expect(Packet.parse(responder.overUdp(asked, '198.51.100.1') ?? Buffer.alloc(0)).header.tc).toBe(0);
    expect(Packet.parse(responder.overTcp(asked, '192.0.2.1') ?? Buffer.alloc(0)).header.tc).toBe(0);
  });

  it('is answered over TCP until what a neighbourhood may have is spent', () => {
    const { responder } = responderOf();
    const asked = question('most');
    const ask = (count: number): (Buffer | null)[] =>
      Array.from({ length: count }, (_, index) => responder.overTcp(asked, `192.0.2.${index}`));
    // Each answer has 64 KB; a second may pass meanwhile.
    expect(ask(200).filter((answer) => answer === null).length).toBeGreaterThan(0);
    expect(responder.overTcp(asked, '198.51.100.1')).not.toBeNull();
  });
});
