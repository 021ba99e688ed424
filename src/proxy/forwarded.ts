import { addressLines } from './backend.ts';
import { line, type Token } from './writer.ts';

/** How many proxies that we believe may stand in front of each other. */
const MOST_HOPS = 3;
const TRUSTED = '{ var(txn.trusted) -m bool }';
const HAS_PORT = '{ req.hdr(host),port_only gt 0 }';

/**
 * What tasks are told of the client. It says what we know ourselves, and what a client has said of itself goes, except
 * where it is a proxy that we believe. Routes may name these headers in their conditions, so it comes before them.
 */
export function forwardedLines(scheme: Token, trustedProxies: readonly string[]): string[] {
  const port = scheme.text === 'https' ? 443 : 80;
  if (trustedProxies.length === 0) {
    return [
      'http-request del-header X-Forwarded- -m beg',
      'http-request del-header Forwarded',
      'http-request add-header X-Forwarded-For %[src]',
      line`http-request add-header X-Forwarded-Proto ${scheme}`,
      'http-request add-header X-Forwarded-Host %[req.hdr(host)]',
      // Most have none in it, and are asked for it once.
      `http-request add-header X-Forwarded-Port ${port}`,
      `http-request set-header X-Forwarded-Port %[req.hdr(host),port_only] if ${HAS_PORT}`,
    ];
  }
  return [
    ...addressLines('trusted', trustedProxies),
    'http-request set-var(txn.trusted) bool(true) if trusted',
    `http-request del-header X-Forwarded- -m beg unless ${TRUSTED}`,
    `http-request del-header Forwarded unless ${TRUSTED}`,
    'http-request add-header X-Forwarded-For %[src]',
    line`http-request set-header X-Forwarded-Proto ${scheme} unless { req.hdr(X-Forwarded-Proto) -m found }`,
    'http-request set-header X-Forwarded-Host %[req.hdr(host)] unless { req.hdr(X-Forwarded-Host) -m found }',
    `http-request set-header X-Forwarded-Port %[req.hdr(host),port_only] if !{ req.hdr(X-Forwarded-Port) -m found } ${HAS_PORT}`,
    `http-request set-header X-Forwarded-Port ${port} unless { req.hdr(X-Forwarded-Port) -m found }`,
    // The client is who the proxy says it is, for lists of addresses, limits and logs too. The last one is the proxy.
    ...Array.from(
      { length: MOST_HOPS },
      (_, hop) => `http-request set-src req.hdr(X-Forwarded-For,-${hop + 2}) if trusted`,
    ),
  ];
}
