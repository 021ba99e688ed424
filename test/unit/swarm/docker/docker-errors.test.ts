import { describe, expect, it } from 'vitest';
import { DomainError, type ErrorKind } from '../../../../src/domain/errors.ts';
import { engineError } from '../../../../src/swarm/docker/docker-errors.ts';

/** What dockerode throws for an answer that is no success. */
const answered = (statusCode: number, message: string): Error =>
  Object.assign(new Error(`(HTTP code ${statusCode}) unexpected - ${message} `), {
    statusCode,
    reason: undefined,
    json: { message },
  });
/** What Node throws when there is no answer. */
const failed = (code: string, message: string): Error => Object.assign(new Error(message), { code });

const rpc = (code: string, message: string): string => `rpc error: code = ${code} desc = ${message}`;

describe('engineError, for what the engine answers', () => {
  it.each<[number, string, ErrorKind]>([
    // By message, whatever the status: most refusals of swarmkit come as 500.
    [500, rpc('Unknown', 'update out of sequence'), 'conflict'],
    [409, 'update out of sequence', 'conflict'],
    [500, rpc('Unknown', 'The swarm does not have a leader. Too few managers are online.'), 'no-leader'],
    [503, 'The swarm does not have a leader.', 'no-leader'],
    [500, rpc('Unavailable', 'node lost leader status'), 'no-leader'],
    [500, rpc('Unavailable', 'raft: no elected cluster leader'), 'no-leader'],
    [500, 'no elected leader', 'no-leader'],
    [
      503,
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
      'not-a-manager',
    ],
    [
      503,
      "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state.",
      'not-a-manager',
    ],
    [503, 'This node is not part of a swarm', 'not-a-manager'],
    [
      503,
      'Swarm is encrypted and needs to be unlocked before it can be used. Please use "docker swarm unlock" to unlock it.',
      'not-a-manager',
    ],
    [400, rpc('FailedPrecondition', 'attempting to demote the last manager of the swarm'), 'conflict'],
    [
      400,
      rpc('FailedPrecondition', "can't remove member from the raft: this would result in a loss of quorum"),
      'conflict',
    ],
    [
      409,
      rpc('AlreadyExists', 'name conflicts with an existing object: service web already exists'),
      'name-taken',
    ],
    [409, 'network with name front already exists', 'name-taken'],
    [409, rpc('AlreadyExists', 'config swarmplane.token.a1 already exists'), 'name-taken'],
    [
      400,
      rpc('InvalidArgument', "port '8080' is already in use by service 'web' (abc) as an ingress port"),
      'conflict',
    ],
    [
      500,
      rpc('InvalidArgument', "port '8080' is already in use by service 'web' (abc) as a host-published port"),
      'conflict',
    ],
    [403, 'Pool overlaps with other one on this address space', 'conflict'],
    [500, 'invalid pool request: Pool overlaps with other one on this address space', 'conflict'],
    [400, rpc('FailedPrecondition', 'network abc is in use by service def'), 'in-use'],
    [500, rpc('FailedPrecondition', 'network abc is in use by task def'), 'in-use'],
    [403, 'error while removing network: network front id abc has active endpoints', 'in-use'],
    [400, rpc('InvalidArgument', 'name must be valid as a DNS name component'), 'invalid'],
    [500, rpc('InvalidArgument', 'config must be between 1 and 512000 bytes'), 'invalid'],
    [500, rpc('Unimplemented', 'renaming services is not supported'), 'invalid'],
    [400, rpc('InvalidArgument', 'ContainerSpec: image reference must be provided'), 'invalid'],
    // By status where the message says nothing.
    [400, 'json: cannot unmarshal number into Go struct field', 'invalid'],
    [422, 'what', 'invalid'],
    [403, 'network front is a pre-defined network', 'conflict'],
    [404, 'service web not found', 'not-found'],
    [404, rpc('NotFound', 'network abc not found'), 'not-found'],
    [409, 'something else', 'conflict'],
    [503, 'something else', 'not-a-manager'],
    [500, 'something else', 'internal'],
    [502, '<html>Bad gateway</html>', 'internal'],
  ])('takes %i "%s" for %s', (status, message, kind) => {
    for (const effect of ['read', 'write'] as const) {
      const error = engineError(answered(status, message), effect);
      expect(error).toBeInstanceOf(DomainError);
      expect(error.kind).toBe(kind);
    }
  });

  it('takes 404 for not-found even when what is not found is said in other words', () => {
    expect(engineError(answered(404, 'invalid id: the name already exists elsewhere'), 'write').kind).toBe(
      'not-found',
    );
  });

  it('does not know the outcome of a write whose deadline passed inside the engine', () => {
    const failure = answered(500, rpc('DeadlineExceeded', 'context deadline exceeded'));
    expect(engineError(failure, 'write').kind).toBe('unknown-outcome');
    expect(engineError(failure, 'read').kind).toBe('timeout');
  });
});

describe('engineError, for a socket that fails', () => {
  const abort = new DOMException('This operation was aborted', 'AbortError');

  it.each<[string, unknown, ErrorKind, ErrorKind]>([
    [
      'ECONNREFUSED',
      failed('ECONNREFUSED', 'connect ECONNREFUSED /var/run/docker.sock'),
      'engine-unreachable',
      'engine-unreachable',
    ],
    [
      'ENOENT',
      failed('ENOENT', 'connect ENOENT /var/run/docker.sock'),
      'engine-unreachable',
      'engine-unreachable',
    ],
    [
      'EACCES',
      failed('EACCES', 'connect EACCES /var/run/docker.sock'),
      'engine-unreachable',
      'engine-unreachable',
    ],
    ['ENOTFOUND', failed('ENOTFOUND', 'getaddrinfo ENOTFOUND x'), 'engine-unreachable', 'engine-unreachable'],
    ['ECONNRESET', failed('ECONNRESET', 'socket hang up'), 'engine-unreachable', 'unknown-outcome'],
    ['ETIMEDOUT', failed('ETIMEDOUT', 'connect ETIMEDOUT'), 'timeout', 'unknown-outcome'],
    ['ESOCKETTIMEDOUT', failed('ESOCKETTIMEDOUT', 'socket timed out'), 'timeout', 'unknown-outcome'],
    ['ABORT_ERR', failed('ABORT_ERR', 'The operation was aborted'), 'timeout', 'unknown-outcome'],
    ['AbortError', abort, 'timeout', 'unknown-outcome'],
  ])('takes %s on a read and on a write for what it is', (_, failure, read, write) => {
    expect(engineError(failure, 'read').kind).toBe(read);
    expect(engineError(failure, 'write').kind).toBe(write);
  });

  it.each(['EPIPE', 'HPE_INVALID_CONSTANT', 'ERR_STREAM_PREMATURE_CLOSE'])(
    'does not claim that a write did nothing when its answer is lost by %s',
    (code) => {
      expect(engineError(failed(code, 'lost'), 'write').kind).toBe('unknown-outcome');
    },
  );

  it('names the socket that cannot be reached', () => {
    const error = engineError(failed('ENOENT', 'connect ENOENT /var/run/docker.sock'), 'read');
    expect(error.message).toContain('/var/run/docker.sock');
    expect(error.message).toContain('DOCKER_HOST');
  });
});

describe('the text of an engineError', () => {
  it.each([
    [rpc('InvalidArgument', 'name must be valid'), 'name must be valid'],
    [`Error response from daemon: ${rpc('InvalidArgument', 'name must be valid')}`, 'name must be valid'],
    [rpc('Unknown', rpc('InvalidArgument', 'name must be valid')), 'name must be valid'],
    ['  name must be valid\n', 'name must be valid'],
  ])('is for people: of "%s" only the last part is left', (said, text) => {
    const { message } = engineError(answered(400, said), 'write');
    expect(message).not.toContain('rpc error');
    expect(message.endsWith(`: ${text}`)).toBe(true);
  });

  it('is never empty', () => {
    expect(engineError(answered(409, ''), 'write').message).toContain('(nothing)');
    expect(engineError(Object.assign(new Error(''), { statusCode: 400 }), 'write').message).toMatch(/\w/);
  });

  it('has no stack in it, and nothing of what the engine says when it breaks', () => {
    const failures = [
      answered(500, 'panic: runtime error\n\ngoroutine 7 [running]:\nmain.go:7 +0x1'),
      answered(400, 'bad parameter'),
      answered(404, 'no such network'),
      failed('ECONNREFUSED', 'connect ECONNREFUSED'),
      failed('ECONNRESET', 'socket hang up'),
    ];
    for (const failure of failures) {
      for (const effect of ['read', 'write'] as const) {
        const { message, cause } = engineError(failure, effect);
        expect(message).not.toMatch(/\n\s*at |goroutine|\.ts:\d|\.go:\d/);
        expect(cause).toBe(failure);
      }
    }
  });

  it('says what to do next', () => {
    expect(engineError(answered(500, 'update out of sequence'), 'write').message).toContain('Read it again');
    expect(engineError(failed('ABORT_ERR', ''), 'write').message).toContain('Look the object up');
  });

  it('is left alone when it is a domain error already', () => {
    const error = new DomainError('stale', 'Read it again.');
    expect(engineError(error, 'write')).toBe(error);
  });
});
