import { registerEnumType } from '@nestjs/graphql';

/** The words of an enum, by their GraphQL name: `REPLICATED_JOB` is `replicated-job` in REST. */
export type EnumObject = Readonly<Record<string, string>>;

const names = new WeakMap<EnumObject, string>();

/** Makes an enum known to both surfaces under one name, from the words that the domain uses. */
export function enumOf<T extends string>(name: string, words: readonly T[], description: string): EnumObject {
  const object = Object.fromEntries(words.map((word) => [word.toUpperCase().replaceAll('-', '_'), word]));
  names.set(object, name);
  registerEnumType(object, { name, description });
  return object;
}

/** The name under which `enumOf` made the enum known. */
export function enumName(object: EnumObject): string {
  const name = names.get(object);
  if (name === undefined) throw new Error('Not an enum made by enumOf.');
  return name;
}

/** The words as REST writes them. */
export function enumValues(object: EnumObject): string[] {
  return Object.values(object);
}
