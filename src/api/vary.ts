import type { FastifyReply } from 'fastify';

/** Says that an answer depends on these headers of its request, too, whatever else it is said to depend on. */
export function addToVary(reply: FastifyReply, ...names: readonly string[]): void {
  const said = [reply.getHeader('Vary') ?? []].flat().join(', ');
  const known = said.toLowerCase().split(/\s*,\s*/);
  const added = names.filter((name) => !known.includes(name.toLowerCase()));
  if (added.length > 0) void reply.header('Vary', [...(said === '' ? [] : [said]), ...added].join(', '));
}
