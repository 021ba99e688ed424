import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { expect, it } from 'vitest';
import { securityHeaders } from '../../../src/api/security-headers.ts';

it('only who asks over TLS is told to go on with TLS', () => {
  const told = securityHeaders(new TLSSocket(new Socket()));
  expect(told).toHaveProperty('Strict-Transport-Security', 'max-age=31536000');
  expect(securityHeaders(new Socket())).not.toHaveProperty('Strict-Transport-Security');
});
