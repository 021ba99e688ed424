import { AsyncLocalStorage } from 'node:async_hooks';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Principal } from '../domain/role.ts';

/** What is being answered. Its principal is there once it is proven. */
interface Asking {
  readonly principal?: Principal;
}

const askings = new AsyncLocalStorage<Asking>();

/** Runs what is done on behalf of somebody, and whatever goes on from there. */
export function askedBy<T>(principal: Principal, act: () => T): T {
  return askings.run({ principal }, act);
}

/** Iterates on behalf of somebody, whoever asks for the next value. */
export function iteratedBy<T>(principal: Principal, iterator: AsyncIterator<T>): AsyncIterableIterator<T> {
  return {
    next: () => askedBy(principal, () => iterator.next()),
    return: (value?: unknown) =>
      askedBy(principal, () => iterator.return?.(value) ?? Promise.resolve({ done: true, value: undefined })),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Who it is for whom the code that asks is run. Fails, as a bug, where nobody was proven: nothing is shown to nobody. */
export function asker(): Principal {
  const principal = askings.getStore()?.principal;
  if (principal) return principal;
  throw new Error(
    'Nobody is known to ask. What runs by itself reads ClusterState, or acts by askedBy(ITSELF).',
  );
}

/** Lets the code that answers a request know who asks, once that is proven. */
export function knowAskers(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request: FastifyRequest & Asking, _reply, done) => {
    askings.run(request, done);
  });
}
