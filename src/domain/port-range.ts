const PORTS = /^([1-9]\d{0,4})(?:-([1-9]\d{0,4}))?$/;
export const LAST_PORT = 65_535;

/** The first and the last of `8080` or `8000-8099`; undefined for what is none. */
export function portsOfText(text: string): readonly [first: number, last: number] | undefined {
  const [, first, last = first] = PORTS.exec(text) ?? [];
  const range = [Number(first), Number(last)] as const;
  return first !== undefined && range[0] <= range[1] && range[1] <= LAST_PORT ? range : undefined;
}
