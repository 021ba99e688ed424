import { DomainError } from '../../domain/errors.ts';
import { DEFAULT_LIMITS, type LimitSettings } from './limit-settings.ts';

const OFF = 'off';

/** Reads the limits that are numbers from environment variables. Fails `invalid`, naming the variable and what it may be. */
export function limitSettings(
  environment: Readonly<Record<string, string | undefined>>,
): Omit<LimitSettings, 'trustedProxies'> {
  const number = (name: string, fallback: number): number => {
    const text = environment[name] || String(fallback);
    if (text === OFF) return Infinity;
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw new DomainError('invalid', `${name} must be a whole number from 1 on, or ${OFF} for no limit.`);
  };
  const perSecond = number('SWARMPLANE_REQUEST_RATE', DEFAULT_LIMITS.requests.perSecond);
  const burst = number('SWARMPLANE_REQUEST_BURST', DEFAULT_LIMITS.requests.burst);
  return {
    requests: perSecond === Infinity || burst === Infinity ? null : { perSecond, burst },
    concurrentRequests: number('SWARMPLANE_MAX_CONCURRENT_REQUESTS', DEFAULT_LIMITS.concurrentRequests),
    streams: number('SWARMPLANE_MAX_STREAMS', DEFAULT_LIMITS.streams),
    sockets: number('SWARMPLANE_MAX_SOCKETS', DEFAULT_LIMITS.sockets),
    connections: number('SWARMPLANE_MAX_CONNECTIONS', DEFAULT_LIMITS.connections),
    failedProofsPerMinute: number(
      'SWARMPLANE_MAX_FAILED_PROOFS_PER_MINUTE',
      DEFAULT_LIMITS.failedProofsPerMinute,
    ),
    requestTimeoutMs:
      1000 * number('SWARMPLANE_REQUEST_TIMEOUT_SECONDS', DEFAULT_LIMITS.requestTimeoutMs / 1000),
  };
}
