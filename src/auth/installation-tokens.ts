import { timingSafeEqual } from 'node:crypto';
import { principalWith, type Principal } from '../domain/role.ts';
import { hashOf } from './token-format.ts';

const ADMIN = principalWith('admin', { id: 'admin', name: 'Installation', proof: 'installation-token' });
const ROUTERS = principalWith('router', {
  id: 'routers',
  name: 'Routers of the installation',
  proof: 'installation-token',
});

/**
 * The tokens that the installation is given, and that are in force for as long as the server runs. They may be chosen by
 * hand. Only their hashes are kept.
 */
export class InstallationTokens {
  private readonly holders: readonly { readonly hash: Buffer; readonly principal: Principal }[];

  /** @param routerToken for routers that are deployed together with the server, before it can make tokens */
  constructor(adminToken: string, routerToken: string | null = null) {
    this.holders = [
      { hash: digest(adminToken), principal: ADMIN },
      ...(routerToken === null ? [] : [{ hash: digest(routerToken), principal: ROUTERS }]),
    ];
  }

  /** Whose token this is; undefined when it is none of the installation. */
  holderOf(token: string): Principal | undefined {
    const hash = digest(token);
    return this.holders.find((holder) => timingSafeEqual(holder.hash, hash))?.principal;
  }

  /** Whether a principal was proven by one of them. */
  has({ id }: Pick<Principal, 'id'>): boolean {
    return this.holders.some(({ principal }) => principal.id === id);
  }
}

const digest = (token: string): Buffer => Buffer.from(hashOf(token), 'hex');
