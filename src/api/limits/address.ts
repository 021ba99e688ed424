import ipaddr from 'ipaddr.js';

/** One site gets a /64 at least (RFC 6177), with more addresses than could be counted. */
const SITE_BITS = 64;

/**
 * The part of an IP address that stands for one client: of IPv6 its /64, of IPv4 all of it, also where it is written as
 * IPv6. What is no address is one client, too.
 */
export function siteOf(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return '';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return parsed
    .toByteArray()
    .slice(0, SITE_BITS / 8)
    .join('.');
}
