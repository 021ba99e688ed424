import type { Node } from '../domain/node.ts';
import { GOSSIP_PORT } from '../domain/ports.ts';

/** An address that others can be told: IPv4, and not what means "here" (swarmkit notes that of a lone manager). */
const USABLE = /^(?!0\.0\.0\.0|127\.)\d+(?:\.\d+){3}$/;

/** The TCP ports of a node that every other node must reach: gossip, and of a manager the management of the swarm. */
export function nodePorts({ address, manager }: Node): { address: string; port: number }[] {
  const [, host, port] = /^(.*):(\d+)$/.exec(manager?.address ?? '') ?? [];
  return [
    { address: host ?? address ?? '', port: GOSSIP_PORT },
    ...(host === undefined ? [] : [{ address: host, port: Number(port) }]),
  ].filter((each) => USABLE.test(each.address));
}
