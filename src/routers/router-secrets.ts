import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { TokensService } from '../auth/tokens.service.ts';
import { InstallationKey } from '../certificates/installation-key.ts';
import { isKind } from '../domain/errors.ts';
import { tokenSecretName } from '../domain/router-service.ts';
import { BUILT_IN } from '../domain/access/access-role.ts';
import type { Principal } from '../domain/role.ts';
import { ROUTER_LABEL } from '../domain/route-network.ts';
import { StoredFilesService } from '../secrets/stored-files.service.ts';

const TOKEN_ID = /^[\da-f]{16}$/;

/** The secrets of a router service, by id; null for those that are yet to be made. */
export interface RouterSecretIds {
  readonly token: string | null;
  readonly key: string | null;
}

/**
 * What routers know that nobody else may: the token by which the server knows them, and the key that opens the keys of
 * certificates. Each is a secret of the swarm, whose name tells what is in it, so that it is found again.
 */
@Injectable()
export class RouterSecrets {
  private readonly keyName: string;

  constructor(
    private readonly files: StoredFilesService,
    private readonly tokens: TokensService,
    private readonly key: InstallationKey,
  ) {
    // So many bits of the hash of a random key help nobody to find it.
    const mark = createHash('sha256').update(key.bytes).digest('hex').slice(0, 8);
    this.keyName = `swarmplane-certificate-key-${mark}`;
  }

  /** Those that are there, and still good: a token that was revoked is as none. */
  async find(service: string): Promise<RouterSecretIds> {
    const secrets = await this.files.all('secret');
    const token = secrets.find(({ name }) => {
      const id = tokenOf(service, name);
      return id !== null && this.tokens.provenBy(id)?.own?.role === BUILT_IN.router;
    });
    const key = secrets.find(({ name }) => name === this.keyName);
    return { token: token?.id ?? null, key: key?.id ?? null };
  }

  /** Makes those that are not there. */
  async ensure(service: string, by: Principal): Promise<{ readonly token: string; readonly key: string }> {
    const { token, key } = await this.find(service);
    return {
      token: token ?? (await this.makeToken(service, by)),
      key: key ?? (await this.makeKey(service, by)),
    };
  }

  /** Takes the tokens of a service that is gone out of force, and removes the secrets that no other one needs. */
  async remove(service: string, by: Principal): Promise<void> {
    for (const { id, name } of await this.files.all('secret')) {
      const token = tokenOf(service, name);
      if (token !== null) {
        await unlessGone(this.tokens.revoke(token).apply(by));
        await unlessGone(this.files.delete('secret', id, null).apply(by));
      } else if (name === this.keyName) await unlessGone(this.files.delete('secret', id, null).apply(by));
    }
  }

  private async makeToken(service: string, by: Principal): Promise<string> {
    const { id, token } = await this.tokens
      .create({ name: `Routers of ${service}`, role: 'router' })
      .apply(by);
    try {
      return await this.make(tokenSecretName(service, id), token, service, by);
    } catch (error) {
      // Nobody has it, and nobody will.
      await this.tokens
        .revoke(id)
        .apply(by)
        .catch(() => undefined);
      throw error;
    }
  }

  private async makeKey(service: string, by: Principal): Promise<string> {
    return this.make(this.keyName, Buffer.from(this.key.bytes).toString('hex'), service, by);
  }

  private async make(name: string, text: string, service: string, by: Principal): Promise<string> {
    const write = this.files.create('secret', { name, text, labels: { [ROUTER_LABEL]: service } });
    return (await write.apply(by)).id;
  }
}

/** The id of the token that a secret holds; null where it is none of the service's. */
function tokenOf(service: string, secretName: string): string | null {
  const prefix = tokenSecretName(service, '');
  const id = secretName.startsWith(prefix) ? secretName.slice(prefix.length) : '';
  return TOKEN_ID.test(id) ? id : null;
}

/** Waits for a removal of what somebody else may have removed, or still needs. */
async function unlessGone(removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (!isKind(error, 'not-found', 'in-use')) throw error;
  }
}
