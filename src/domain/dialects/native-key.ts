import type { StringMap } from '../object.ts';
import type {
  BasicAuth,
  Redirect,
  Rewrite,
  RouteHealthCheck,
  RouteLimits,
  RouteSpec,
  RouteTimeouts,
  StickyCookie,
} from '../route.ts';
import type { Format } from './label-text.ts';

/** A route while its labels are read. */
export type Draft = { -readonly [Field in keyof RouteSpec]: RouteSpec[Field] };

/** What a label, or all that begin with its name, say of a route: both ways, from one declaration. */
export interface Key {
  /** After `swarmplane.<protocol>.<route>.`; one that ends in a dot is followed by a name. */
  readonly name: string;
  readonly example: string;
  /** False where the text is not of its format. `rest` is what follows a name that ends in a dot. */
  read(draft: Draft, text: string, rest: string): boolean;
  /** The labels, by what follows `name`; none where the route says no more than an empty one of the same service. */
  write(spec: RouteSpec, empty: RouteSpec): StringMap;
}

/** One label for a value that a route has, or has not (undefined). */
export function key<T>(
  name: string,
  format: Format<T>,
  get: (spec: RouteSpec) => T | undefined,
  set: (draft: Draft, value: T) => void,
): Key {
  const textOf = (spec: RouteSpec): string | undefined => {
    const value = get(spec);
    return value === undefined ? undefined : format.write(value);
  };
  return {
    name,
    example: format.example,
    read: (draft, text) => {
      const value = format.read(text);
      if (value !== undefined) set(draft, value);
      return value !== undefined;
    },
    write: (spec, empty): StringMap => {
      const text = textOf(spec);
      return text === undefined || text === textOf(empty) ? {} : { '': text };
    },
  };
}

/** One label for a field. */
export function field<Name extends keyof RouteSpec>(
  name: string,
  fieldName: Name,
  format: Format<NonNullable<RouteSpec[Name]>>,
): Key {
  return key(
    name,
    format,
    (spec) => spec[fieldName] ?? undefined,
    (draft, value) => {
      draft[fieldName] = value;
    },
  );
}

/** Fields with parts that have labels of their own. */
interface Parted {
  sticky: StickyCookie;
  redirect: Redirect;
  rewrite: Rewrite;
  healthCheck: RouteHealthCheck;
  timeouts: RouteTimeouts;
  limits: RouteLimits;
  basicAuth: BasicAuth;
}

/** One label for a part of a field, whose other parts are as in `otherwise` unless labels say them. */
export function part<Name extends keyof Parted, Part extends keyof Parted[Name]>(
  name: string,
  fieldName: Name,
  partName: Part,
  format: Format<NonNullable<Parted[Name][Part]>>,
  otherwise: Parted[Name],
): Key {
  return key(
    name,
    format,
    (spec) => (spec[fieldName] as Parted[Name] | null)?.[partName] ?? undefined,
    (draft, value) => {
      draft[fieldName] = {
        ...otherwise,
        ...(draft[fieldName] as Parted[Name] | null),
        [partName]: value,
      } as Draft[Name];
    },
  );
}

/** A label for each name of a map: the name is the end of its key. */
export function named(
  name: string,
  example: string,
  get: (spec: RouteSpec) => StringMap,
  set: (draft: Draft, map: StringMap) => void,
): Key {
  return {
    name,
    example,
    read: (draft, text, rest) => {
      set(draft, Object.fromEntries([...Object.entries(get(draft)), [rest, text]]));
      return true;
    },
    write: get,
  };
}
