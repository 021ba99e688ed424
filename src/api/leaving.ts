import type { ServerResponse } from 'node:http';

/** Aborts when the client goes away before it has been answered. */
export function leavingOf(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
}
