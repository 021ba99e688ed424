import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';

/**
 * Where requests come from: the address of the connection, unless that is a trusted proxy's; then the last address in
 * `X-Forwarded-For` that is none. What clients write into that header themselves stands before it.
 */
export class ClientAddresses {
  private readonly trusts: (address: string, hop: number) => boolean;

  /** @param proxies in CIDR notation */
  constructor(proxies: readonly string[]) {
    this.trusts = proxyAddr.compile([...proxies]);
  }

  /** Undefined on a unix socket. */
  of(request: IncomingMessage): string | undefined {
    return proxyAddr(request, this.trusts);
  }
}
