import { isIPv4 } from 'node:net';

/**
 * Whether what a URL answers is what its owner says: over https, or from this machine, where nobody is in between. A user or
 * a password in it would be sent with every request, and stand in every message.
 */
export function isTrustworthy(text: string): boolean {
  const url = URL.parse(text);
  if (!url || url.username !== '' || url.password !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

/** `localhost` is never asked of a name server (RFC 6761, 6.3). */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}
