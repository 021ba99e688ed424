import { describe, expect, it } from 'vitest';
import { alertsIn, portTrouble } from '../../../src/router/haproxy-words.ts';

// As HAProxy 2.6 writes it.
const REFUSED = `[NOTICE]   (22186) : haproxy version is 2.6.12-1+deb12u4
[NOTICE]   (22186) : path to executable is /usr/sbin/haproxy
[ALERT]    (22186) : config : parsing [haproxy.cfg:15] : unknown keyword 'bogus' in 'frontend' section
[ALERT]    (22186) : config : Error(s) found in configuration file : haproxy.cfg
[ALERT]    (22186) : config : Fatal errors found in configuration.
[WARNING]  (22186) : Loading failure!
`;
const TAKEN = `[NOTICE]   (22186) : haproxy version is 2.6.12-1+deb12u4
[ALERT]    (22186) : Binding [haproxy.cfg:13] for frontend f: cannot bind socket (Address already in use) for [127.0.0.1:18081]
[ALERT]    (22186) : [/usr/sbin/haproxy.main()] Some protocols failed to start their listeners! Exiting.
[WARNING]  (22775) : Resumed frontend f.
`;

describe('what HAProxy says', () => {
  it('has its reasons without their frame', () => {
    expect(alertsIn(REFUSED)).toBe(
      "parsing [haproxy.cfg:15] : unknown keyword 'bogus' in 'frontend' section",
    );
    expect(portTrouble(alertsIn(REFUSED))).toBeUndefined();
    expect(alertsIn('')).toBe('');
  });

  it('names a port that it cannot have', () => {
    expect(portTrouble(alertsIn(TAKEN))).toMatch(/127\.0\.0\.1:18081 \(Address already in use\)/);
  });

  it('is not passed on without end', () => {
    expect(alertsIn('[ALERT] (1) : something is wrong\n'.repeat(10_000)).length).toBeLessThan(5_000);
  });

  it('may go on over several lines', () => {
    expect(alertsIn('[ALERT] (1) : first\n   second\n[WARNING] (1) : third\n   fourth\n')).toBe(
      'first\nsecond',
    );
  });
});
