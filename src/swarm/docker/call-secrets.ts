import { withoutValues } from '../../domain/hidden-text.ts';

/** Keys of the Engine API under which secrets are, or can be. */
const SECRET_KEYS: readonly string[] = ['Env', 'Data', 'Options'];
/** What of an error holds what the engine has said; `json` and `reason` are docker-modem's. */
const TEXTS: readonly string[] = ['message', 'stack', 'reason'];

/** Takes what is secret in a call to the engine out of its failure: the engine repeats what it does not like. */
export function hideSecrets(failure: unknown, body: unknown, registryAuth: string | undefined): void {
  hide(failure, [...secretsIn(body), ...credentialsIn(registryAuth)]);
}

function hide(failure: unknown, secrets: readonly string[]): void {
  if (typeof failure !== 'object' || failure === null) return;
  const texts = failure as Record<string, unknown>;
  for (const name of TEXTS) {
    const value = texts[name];
    // Those of some errors can only be read; they are made by nobody who has seen the call.
    const isOwn = Object.getOwnPropertyDescriptor(texts, name)?.writable === true;
    if (isOwn && typeof value === 'string') texts[name] = withoutValues(value, secrets);
  }
  hide(texts['json'], secrets);
}

/** @param key the nearest key above that makes everything below it a secret */
function secretsIn(value: unknown, key?: string): string[] {
  if (typeof value === 'string') {
    if (key === undefined) return [];
    // `NAME=value`, and what was encoded for the way.
    const inside =
      key === 'Data' ? Buffer.from(value, 'base64').toString() : value.slice(value.indexOf('=') + 1);
    return [value, inside];
  }
  return Object.entries(value ?? {}).flatMap(([name, part]) =>
    secretsIn(part, key ?? SECRET_KEYS.find((one) => one === name)),
  );
}

function credentialsIn(registryAuth: string | undefined): string[] {
  if (registryAuth === undefined) return [];
  try {
    const { serveraddress: _, ...rest } = JSON.parse(
      Buffer.from(registryAuth, 'base64url').toString(),
    ) as Record<string, unknown>;
    return [registryAuth, ...Object.values(rest).filter((value) => typeof value === 'string')];
  } catch {
    return [registryAuth];
  }
}
