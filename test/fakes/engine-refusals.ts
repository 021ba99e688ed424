import { DomainError, type ErrorKind } from '../../src/domain/errors.ts';
import { engineError, type CallEffect } from '../../src/swarm/docker/docker-errors.ts';

/** A refusal as the Engine words it, through the classifier that the real gateway uses. */
const refusal = (statusCode: number, message: string): DomainError =>
  engineError({ statusCode, message: `(HTTP code ${statusCode}) ${message}`, json: { message } }, 'write');

/** What the Engine answers when it does not do what it is asked for; the texts are those of 20.10. */
export const REFUSALS = {
  networkNameTaken: (name: string) => refusal(409, `network with name ${name} already exists`),
  nameTaken: (kind: 'service' | 'config' | 'secret', name: string) =>
    refusal(
      409,
      `rpc error: code = AlreadyExists desc = name conflicts with an existing object: ${kind} ${name} already exists`,
    ),
  notFound: (kind: 'network' | 'service' | 'config' | 'secret' | 'node', id: string) =>
    refusal(404, `${kind} ${id} not found`),
  fileInUse: (kind: 'config' | 'secret', name: string, services: readonly string[]) =>
    refusal(
      400,
      `rpc error: code = InvalidArgument desc = ${kind} '${name}' is in use by the following ${services.length === 1 ? 'service' : 'services'}: ${services.join(', ')}`,
    ),
  fileNotFound: (kind: 'config' | 'secret', name: string) =>
    refusal(400, `rpc error: code = InvalidArgument desc = ${kind} not found: ${name}`),
  noSuchImage: (image: string) =>
    refusal(404, `manifest for ${image} not found: manifest unknown: manifest unknown`),
  outOfSequence: () => refusal(500, 'rpc error: code = Unknown desc = update out of sequence'),
  networkInUse: (id: string, user: string) =>
    refusal(400, `rpc error: code = FailedPrecondition desc = network ${id} is in use by ${user}`),
  rename: () => refusal(501, 'rpc error: code = Unimplemented desc = renaming services is not supported'),
  changeOfMode: () =>
    refusal(501, 'rpc error: code = Unimplemented desc = service mode change is not allowed'),
  lastManager: () =>
    refusal(
      400,
      'rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm',
    ),
  lossOfQuorum: () =>
    refusal(
      400,
      "rpc error: code = FailedPrecondition desc = can't remove member from the raft: this would result in a loss of quorum",
    ),
  portTaken: (port: number, service: string, how: string) =>
    refusal(
      400,
      `rpc error: code = InvalidArgument desc = port '${port}' is already in use by service ${service} as ${how} port`,
    ),
  noPreviousSpec: (id: string) =>
    refusal(400, `rpc error: code = FailedPrecondition desc = service ${id} does not have a previous spec`),
};

/** What a call fails with while the engine is in trouble of this kind. */
export function trouble(kind: ErrorKind, effect: CallEffect): DomainError {
  switch (kind) {
    case 'engine-unreachable':
      return engineError(
        { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED /var/run/docker.sock' },
        effect,
      );
    case 'not-a-manager':
      return refusal(
        503,
        'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
      );
    case 'no-leader':
      return refusal(
        500,
        "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. Make sure more than half of the managers are online.",
      );
    case 'timeout':
    case 'unknown-outcome':
      return engineError({ name: 'AbortError' }, effect);
    default:
      return new DomainError(kind, `The fake engine was told to fail with "${kind}".`);
  }
}
