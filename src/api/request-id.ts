import { AsyncLocalStorage } from 'node:async_hooks';

const ids = new AsyncLocalStorage<string>();

/** Runs the rest of a request so that `currentRequestId` knows its id. */
export function withRequestId(id: string, run: () => void): void {
  ids.run(id, run);
}

/** The id of the request that is being answered; empty outside of one. For places that are not handed the request. */
export function currentRequestId(): string {
  return ids.getStore() ?? '';
}
