import { DomainError, type ErrorKind } from '../../domain/errors.ts';

/** What dockerode throws: an HTTP answer that is no success, or an error of the socket. */
interface EngineFailure {
  statusCode?: number;
  code?: string;
  name?: string;
  message?: string;
  json?: { message?: string };
}

/** Whether a call may have changed something, which decides what a lost answer means. */
export type CallEffect = 'read' | 'write';

/**
 * Messages that decide the kind, whatever the status: the Engine answers 500 for most refusals of swarmkit.
 * First match wins. Sources: moby `daemon/cluster/errors.go`, swarmkit `manager/controlapi`, measured on 20.10.
 */
const BY_MESSAGE: readonly (readonly [pattern: RegExp, kind: ErrorKind, advice: string])[] = [
  [
    /update out of sequence/i,
    'conflict',
    'Somebody else changed the object meanwhile. Read it again and retry.',
  ],
  [
    /does not have a leader|lost leader status|no elected (cluster )?leader|raft: no elected/i,
    'no-leader',
    'The swarm has no leader right now, so it cannot be changed. Try again in some seconds; if it lasts, bring back a majority of the managers.',
  ],
  [
    /this node is not a swarm manager|not a swarm manager|not part of a swarm/i,
    'not-a-manager',
    'The engine is not a manager of a swarm. Run Swarmplane on a manager, or run "docker swarm init" there to make a swarm.',
  ],
  [
    /swarm is encrypted and (needs|locked)|needs to be unlocked/i,
    'not-a-manager',
    'The swarm is locked. Run "docker swarm unlock" on this manager.',
  ],
  [
    /name conflicts with an existing object|already exists/i,
    'name-taken',
    'The name is taken. Choose another, or change the object that has it.',
  ],
  [
    /pool overlaps|overlaps with (an )?existing|already allocated.*subnet/i,
    'conflict',
    'The subnet overlaps with one that is in use. Choose another.',
  ],
  [
    /port .* is already in use|already in use by service/i,
    'conflict',
    'The published port is taken by another service. Choose another.',
  ],
  [
    /is in use by (the following )?(service|task|network)|has active endpoints/i,
    'in-use',
    'Something still uses it. Detach that first.',
  ],
  [
    /last manager of the swarm|loss of quorum/i,
    'conflict',
    'Without this manager the swarm could not be changed any more. Make other nodes managers first, and wait until they are reachable.',
  ],
  [
    /incomplete log stream|does not support reading|error grabbing logs/i,
    'conflict',
    'Not all logs can be read: the node of a task is away, or its log driver keeps nothing to read.',
  ],
  [/context deadline exceeded/i, 'unknown-outcome', 'The swarm did not answer in time.'],
  [
    /invalidargument|invalid|must be|not allowed|not supported|cannot be|unsupported|unimplemented/i,
    'invalid',
    'The engine refused it.',
  ],
];

/** The request may have arrived; only its answer has not. */
const ANSWER_LOST = /^(ECONNRESET$|EPIPE$|HPE_|ERR_STREAM_)/;

/**
 * The engine's failure as a `DomainError`: by message first, then by status. A write whose answer is lost is an
 * `unknown-outcome`, never to be repeated blindly.
 */
export function engineError(failure: unknown, effect: CallEffect): DomainError {
  if (failure instanceof DomainError) return failure;
  const { statusCode, code, name, message = '', json } = failure as EngineFailure;
  const said = json?.message ?? message;
  if (name === 'AbortError' || code === 'ABORT_ERR' || code === 'ETIMEDOUT' || code === 'ESOCKETTIMEDOUT') {
    return lost(effect, failure);
  }
  if (statusCode === undefined) {
    return effect === 'write' && ANSWER_LOST.test(code ?? '')
      ? lost(effect, failure)
      : unreachable(failure, said);
  }
  const known = statusCode === 404 ? undefined : BY_MESSAGE.find(([pattern]) => pattern.test(said));
  if (known) {
    const [, kind, advice] = known;
    if (kind === 'unknown-outcome') return lost(effect, failure);
    return new DomainError(kind, `${advice} The engine said: ${trimmed(said)}`, { cause: failure });
  }
  return new DomainError(kindOfStatus(statusCode), adviceOfStatus(statusCode, said), { cause: failure });
}

function kindOfStatus(status: number): ErrorKind {
  switch (status) {
    case 400:
    case 422:
      return 'invalid';
    case 403:
      // Docker's 403 means "not in this state", as in removing a network that is in use.
      return 'conflict';
    case 404:
      return 'not-found';
    case 409:
      return 'conflict';
    case 503:
      return 'not-a-manager';
    default:
      return 'internal';
  }
}

function adviceOfStatus(status: number, said: string): string {
  if (status === 404) return `The swarm does not have it (any more). The engine said: ${trimmed(said)}`;
  if (status >= 500 && status !== 503) return 'The engine failed in an unexpected way; its log says more.';
  return `The engine refused it: ${trimmed(said)}`;
}

/** The engine wraps its messages in gRPC's: only the last part is for people. */
function trimmed(said: string): string {
  return said.replace(/^.*rpc error: code = \w+ desc = /s, '').trim() || '(nothing)';
}

function lost(effect: CallEffect, cause: unknown): DomainError {
  return effect === 'read'
    ? new DomainError('timeout', 'The engine did not answer in time. Try again.', { cause })
    : new DomainError(
        'unknown-outcome',
        'The engine did not answer in time, so it is not known whether the change was made. Look the object up before you try again.',
        { cause },
      );
}

function unreachable(cause: unknown, said: string): DomainError {
  return new DomainError(
    'engine-unreachable',
    `The Docker engine cannot be reached (${trimmed(said)}). Check that it runs and that DOCKER_HOST names it; nothing was changed.`,
    { cause },
  );
}
