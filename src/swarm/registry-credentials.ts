import { AsyncLocalStorage } from 'node:async_hooks';

/**
 * The credentials for an image's registry belong to one request, and end with it: they are in no object that could be
 * stored, shown or logged, and reach the engine only from the code that the request itself runs.
 */
const requests = new AsyncLocalStorage<string | undefined>();

/**
 * Runs `request` with the credentials that came with it.
 * @param credentials base64url of JSON, as the Engine API takes them in `X-Registry-Auth`; undefined without any
 */
export function withRegistryAuth(credentials: string | undefined, request: () => void): void {
  requests.run(credentials, request);
}

/** The credentials of the request that is being answered. */
export function registryAuth(): string | undefined {
  return requests.getStore();
}
