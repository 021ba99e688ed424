import { resolve } from '../domain/reference.ts';
import type { SwarmObject } from '../domain/object.ts';
import type { StoredFileKind } from '../domain/stored-file.ts';

/** Looks objects up in a list that the engine gave. */
export function listing<T extends SwarmObject & { readonly name: string }>(
  kind: StoredFileKind,
  objects: readonly T[],
): { resolve(reference: string): T } {
  const directory = {
    get: (id: string) => objects.find((object) => object.id === id),
    named: (name: string) => objects.filter((object) => object.name === name),
    withIdPrefix: (prefix: string) => objects.filter((object) => object.id.startsWith(prefix)),
  };
  return { resolve: (reference) => resolve(kind, directory, reference) };
}
