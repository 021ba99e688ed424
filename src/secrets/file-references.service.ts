import { Injectable } from '@nestjs/common';
import type { ConfigReference, CredentialSpec, SecretReference } from '../domain/container.ts';
import { invalid, isKind } from '../domain/errors.ts';
import type { Partly } from '../domain/partly.ts';
import type { Principal } from '../domain/role.ts';
import type { ServiceSpec } from '../domain/service.ts';
import { listing } from './listing.ts';
import { StoredFilesService } from './stored-files.service.ts';

type Given<T> = { readonly [K in keyof T]?: T[K] | null };
type GivenFile = Given<Omit<SecretReference, 'secretId' | 'secretName'>>;

/** What of a service's input refers to secrets and configs, each by an id, a unique id prefix or a name. */
export interface FileReferencesInput {
  readonly secrets?: readonly (GivenFile & { readonly secret: string })[] | null;
  readonly configs?: readonly (GivenFile & { readonly config: string })[] | null;
  readonly privileges?: {
    readonly credentialSpec?:
      (Given<Pick<CredentialSpec, 'file' | 'registry'>> & { readonly config?: string | null }) | null;
  } | null;
}

/** Looks up the secrets and configs that the input of a service refers to. */
@Injectable()
export class FileReferences {
  constructor(private readonly files: StoredFilesService) {}

  /**
   * The fields of the input that refer to any, with ids and names in their place; nothing of the others. Asks the engine
   * only when there is something to look up. Fails `invalid` with the pointer of what refers to nothing.
   */
  async of(input: FileReferencesInput, by: Principal): Promise<Partly<ServiceSpec>> {
    const { secrets, configs, privileges } = input;
    const account = privileges?.credentialSpec?.config;
    const allSecrets = listing('secret', secrets?.length ? await this.files.visible('secret', by) : []);
    const allConfigs = listing(
      'config',
      configs?.length || account ? await this.files.visible('config', by) : [],
    );
    return {
      ...(secrets && {
        secrets: secrets.map(({ secret, ...file }, index): Partly<SecretReference> => {
          const { id, name } = pointed(`/secrets/${index}/secret`, () => allSecrets.resolve(secret));
          return { ...present(file), target: file.target ?? name, secretId: id, secretName: name };
        }),
      }),
      ...(configs && {
        configs: configs.map(({ config, ...file }, index): Partly<ConfigReference> => {
          const { id, name } = pointed(`/configs/${index}/config`, () => allConfigs.resolve(config));
          // As the Docker CLI does; a name alone would be a file in the root, too.
          return { ...present(file), target: file.target ?? name, configId: id, configName: name };
        }),
      }),
      ...(privileges?.credentialSpec && {
        privileges: {
          ...(privileges as Partly<ServiceSpec['privileges'] & object>),
          credentialSpec: credentialsOf(privileges.credentialSpec, (reference) =>
            pointed('/privileges/credentialSpec/config', () => allConfigs.resolve(reference)),
          ),
        },
      }),
    };
  }
}

/** Another place takes that of the one before: what is not said is unset. */
function credentialsOf(
  { config, file, registry }: Given<Pick<CredentialSpec, 'file' | 'registry'>> & { config?: string | null },
  find: (reference: string) => { readonly id: string; readonly name: string },
): Given<CredentialSpec> {
  const found = config ? find(config) : null;
  return {
    file: file ?? null,
    registry: registry ?? null,
    configId: found?.id ?? null,
    configName: found?.name ?? null,
  };
}

function present<T extends object>(file: Given<T>): Partly<T> {
  return Object.fromEntries(Object.entries(file).filter(([, value]) => value !== null)) as Partly<T>;
}

function pointed<T>(pointer: string, find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (!isKind(error, 'not-found', 'ambiguous')) throw error;
    throw invalid([{ pointer, detail: error.message }]);
  }
}
