import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { siteOf } from '../../../../src/api/limits/address.ts';
import { ClientAddresses } from '../../../../src/api/limits/client-addresses.ts';

describe('the site of an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1', '::ffff:192.0.2.1'],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['2001:db8:1:2::1', '2001:0DB8:0001:0002::7'],
    ['nobody', undefined],
    ['nobody', 'somebody else'],
  ])('of %s is that of %s', (one, other) => expect(siteOf(one)).toBe(siteOf(other)));

  it.each([
    ['192.0.2.1', '192.0.2.2'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['192.0.2.1', 'nobody'],
  ])('of %s is not that of %s', (one, other) => expect(siteOf(one)).not.toBe(siteOf(other)));
});

describe('where a request comes from', () => {
  const proxies = new ClientAddresses(['10.0.0.0/8', 'fd00::/8']);
  const asked = (remoteAddress: string | undefined, forwarded?: string): IncomingMessage =>
    ({
      headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
      socket: { remoteAddress },
    }) as unknown as IncomingMessage;

  it.each([
    ['the connection', '192.0.2.1', undefined, '192.0.2.1'],
    ['the connection, whatever a client that is no proxy says', '192.0.2.1', '198.51.100.9', '192.0.2.1'],
    ['the client of a proxy', '10.0.0.1', '198.51.100.9', '198.51.100.9'],
    ['the client of a proxy on IPv6', 'fd00::1', '2001:db8::1', '2001:db8::1'],
    ['the client of a proxy on both', '::ffff:10.0.0.1', '198.51.100.9', '198.51.100.9'],
    ['the last that is no proxy', '10.0.0.1', '203.0.113.5, 198.51.100.9, 10.0.0.2', '198.51.100.9'],
    ['not whom the client claims to be', '10.0.0.1', '10.0.0.7, 127.0.0.1, 198.51.100.9', '198.51.100.9'],
    ['the farthest proxy, where all are', '10.0.0.1', '10.0.0.3,10.0.0.2', '10.0.0.3'],
    ['the proxy, which says nothing', '10.0.0.1', undefined, '10.0.0.1'],
  ])('is %s', (_what, connection, forwarded, expected) => {
    expect(proxies.of(asked(connection, forwarded))).toBe(expected);
  });

  it('is nowhere on a unix socket, whatever is claimed', () => {
    expect(proxies.of(asked(undefined, '198.51.100.9'))).toBeUndefined();
  });

  it('is the connection where no proxy is trusted', () => {
    expect(new ClientAddresses([]).of(asked('10.0.0.1', '198.51.100.9'))).toBe('10.0.0.1');
  });
});
