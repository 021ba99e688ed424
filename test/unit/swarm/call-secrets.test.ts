import { describe, expect, it } from 'vitest';
import { engineError } from '../../../src/swarm/docker/docker-errors.ts';
import { hideSecrets } from '../../../src/swarm/docker/call-secrets.ts';

/** A failure as docker-modem makes it. */
function failure(message: string): Error {
  const text = `(HTTP code 400) unexpected - ${message}`;
  return Object.assign(new Error(text), { statusCode: 400, reason: message, json: { message } });
}

const BODY = {
  Name: 'canary-name',
  Data: Buffer.from('canary-data').toString('base64'),
  TaskTemplate: {
    ContainerSpec: { Image: 'canary-image', Env: ['A=canary-env', 'canary-alone'] },
    LogDriver: { Options: { 'splunk-token': 'canary-option' } },
  },
};
const AUTH = Buffer.from(
  JSON.stringify({ username: 'canary-user', password: 'canary-password', serveraddress: 'canary-server' }),
).toString('base64url');

describe('what the engine says of a call', () => {
  it.each([
    'A=canary-env',
    'canary-env',
    'canary-alone',
    'canary-data',
    BODY.Data,
    'canary-option',
    AUTH,
    'canary-password',
  ])('has no secret of it: %s', (secret) => {
    const error = failure(`invalid: ${secret}`);
    hideSecrets(error, BODY, AUTH);
    const told = engineError(error, 'write');
    const all = JSON.stringify([error, error.message, error.stack, told.message]);
    expect(all).not.toContain(secret);
    expect(told.message).toContain('(hidden)');
  });

  it.each(['canary-name', 'canary-image', 'canary-server'])('names what is none: %s', (name) => {
    const error = failure(`invalid: ${name}`);
    hideSecrets(error, BODY, AUTH);
    expect(engineError(error, 'write').message).toContain(name);
  });

  it.each([[new DOMException('no answer in time', 'AbortError')], [undefined], ['text'], [new Error('x')]])(
    'may be no answer at all',
    (error) => expect(() => hideSecrets(error, undefined, 'no base64 of JSON')).not.toThrow(),
  );
});
