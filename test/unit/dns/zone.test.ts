import { Packet } from 'dns2';
import { describe, expect, it } from 'vitest';
import { Zone } from '../../../src/dns/zone.ts';
import { knownNames } from './known-names.ts';

const { TYPE, CLASS, RCODE } = Packet;
const names = knownNames({
  front: {
    web: {
      addresses: ['10.0.9.2', 'fd00::2'],
      endpoints: [
        { protocol: 'tcp', port: 80, host: 'web.front', address: '10.0.9.2' },
        { protocol: 'udp', port: 53, host: 'web.front', address: '10.0.9.2' },
      ],
    },
    idle: {},
    'web.1.abc': { addresses: ['10.0.9.3'] },
    _tcp: { addresses: ['10.0.9.4'] },
  },
});
const zone = new Zone('swarm.internal', names, '192.0.2.1');

interface Told {
  rcode: number;
  authoritative: boolean;
  answers: string[];
  authorities: number;
}

function ask(name: string, type: number = TYPE.A, cls: number = CLASS.IN, of = zone): Told {
  const { rcode, authoritative, answers, authorities } = of.answer(new Packet.Question(name, type, cls));
  return {
    rcode,
    authoritative,
    answers: answers.map(({ address, ns, port, primary }) => String(address ?? ns ?? port ?? primary)).sort(),
    authorities: authorities.length,
  };
}

describe('the zone of a swarm', () => {
  it.each([
    ['web.front.swarm.internal', TYPE.A, ['10.0.9.2']],
    ['WEB.Front.SWARM.internal', TYPE.A, ['10.0.9.2']],
    ['web.front.swarm.internal', TYPE.AAAA, ['fd00::2']],
    ['web.front.swarm.internal', TYPE.ANY, ['10.0.9.2', 'fd00::2']],
    ['web.front.swarm.internal', TYPE.SRV, ['80']],
    ['_tcp.web.front.swarm.internal', TYPE.SRV, ['80']],
    ['_udp.web.front.swarm.internal', TYPE.ANY, ['53']],
    ['_80._TCP.web.front.swarm.internal', TYPE.SRV, ['80']],
    ['_tcp.front.swarm.internal', TYPE.A, ['10.0.9.4']],
    ['web.1.abc.front.swarm.internal', TYPE.A, ['10.0.9.3']],
    ['swarm.internal', TYPE.SOA, ['ns.swarm.internal']],
    ['swarm.internal', TYPE.NS, ['ns.swarm.internal']],
    ['ns.swarm.internal', TYPE.A, ['192.0.2.1']],
  ])('answers %s, type %i, with %j', (name, type, answers) => {
    expect(ask(name, type)).toEqual({ rcode: RCODE.NOERROR, authoritative: true, answers, authorities: 0 });
  });

  it.each([
    ['idle.front.swarm.internal', TYPE.A],
    ['web.front.swarm.internal', TYPE.CNAME],
    ['web.front.swarm.internal', TYPE.SOA],
    ['_tcp.web.front.swarm.internal', TYPE.A],
    ['front.swarm.internal', TYPE.ANY],
    ['abc.front.swarm.internal', TYPE.A],
    ['1.abc.front.swarm.internal', TYPE.NS],
    ['swarm.internal', TYPE.A],
    ['ns.swarm.internal', TYPE.AAAA],
  ])('has %s, and nothing of type %i', (name, type) => {
    expect(ask(name, type)).toEqual({
      rcode: RCODE.NOERROR,
      authoritative: true,
      answers: [],
      authorities: 1,
    });
  });

  it.each([
    'nobody.front.swarm.internal',
    'web.back.swarm.internal',
    'sub.web.front.swarm.internal',
    'b.1.abc.front.swarm.internal',
    'bc.front.swarm.internal',
    '_sctp.web.front.swarm.internal',
    '_81._tcp.web.front.swarm.internal',
    '_53._tcp.web.front.swarm.internal',
    '_tcp.nobody.front.swarm.internal',
    '_.web.front.swarm.internal',
    'constructor.front.swarm.internal',
    'web.constructor.swarm.internal',
  ])('has no %s', (name) => {
    expect(ask(name, TYPE.SRV)).toEqual({
      rcode: RCODE.NXDOMAIN,
      authoritative: true,
      answers: [],
      authorities: 1,
    });
  });

  it.each([
    ['example.com', TYPE.A, CLASS.IN],
    ['', TYPE.A, CLASS.IN],
    ['internal', TYPE.A, CLASS.IN],
    ['xswarm.internal', TYPE.A, CLASS.IN],
    ['web.front.swarm.internal.example.com', TYPE.A, CLASS.IN],
    ['web.front.swarm.internal', TYPE.A, CLASS.CH],
    ['swarm.internal', TYPE.AXFR, CLASS.IN],
    ['swarm.internal', 251, CLASS.IN],
  ])('refuses %s, type %i, class %i', (name, type, cls) => {
    expect(ask(name, type, cls)).toEqual({
      rcode: RCODE.REFUSED,
      authoritative: false,
      answers: [],
      authorities: 0,
    });
  });

  it('fails, rather than denying what may be there, before the swarm has been read', () => {
    const early = new Zone('swarm.internal', knownNames({}, { ready: false }), null);
    expect(ask('web.front.swarm.internal', TYPE.A, CLASS.IN, early).rcode).toBe(RCODE.SERVFAIL);
    expect(ask('example.com', TYPE.A, CLASS.IN, early).rcode).toBe(RCODE.REFUSED);
  });

  it('has no address of its own where it listens at many', () => {
    const everywhere = new Zone('swarm.internal', names, null);
    expect(ask('ns.swarm.internal', TYPE.A, CLASS.IN, everywhere)).toMatchObject({
      rcode: RCODE.NOERROR,
      answers: [],
    });
  });
});
