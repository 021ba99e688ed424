/** All parts optional, at every depth. */
export type Partly<T> = T extends readonly (infer I)[]
  ? readonly Partly<I>[]
  : T extends object
    ? { readonly [K in keyof T]?: Partly<T[K]> | undefined }
    : T;

/**
 * Takes each field of `defaults` from `given` where it is neither undefined nor null; what `given` has besides is left
 * out. The parts of a field are as they were given: whoever needs them whole fills them, too.
 */
export function fill<T extends object>(defaults: T, given: Partly<T> | null | undefined): T {
  const result = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof T)[]) {
    const value = (given as Partial<T> | null | undefined)?.[key];
    if (value !== undefined && value !== null) result[key] = value;
  }
  return result;
}

/** The same for each entry of a list; none is an empty list. */
export function fillEach<T extends object>(
  defaults: T,
  given: readonly Partly<T>[] | null | undefined,
): readonly T[] {
  return (given ?? []).map((entry) => fill(defaults, entry));
}
