import { describe, expect, it } from 'vitest';
import { candidatesIn, dependenciesIn } from '../../../scripts/engine/debian-packages.ts';
import { defaultRouteInterface } from '../../../scripts/engine/ensure-engine.ts';
import { isDebianLike, newPackages } from '../../../scripts/engine/install-engine.ts';
import { noSuchName } from '../../../scripts/engine/node-name-server.ts';

describe('isDebianLike', () => {
  it.each([
    ['ID=debian\nVERSION_ID="12"', true],
    ['ID=ubuntu\nID_LIKE=debian', true],
    ['ID="linuxmint"\nID_LIKE="ubuntu debian"', true],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', false],
    ['', false],
  ])('%j is %s', (osRelease, expected) => expect(isDebianLike(osRelease)).toBe(expected));
});

describe('what apt says', () => {
  it('names the packages that come new, and not those that are upgraded', () => {
    const simulation = [
      'NOTE: This is only a simulation!',
      'Inst libc6 [2.36-8] (2.36-9 Debian:12 [amd64])',
      'Inst runc (1.1.5+ds1-1 Debian:12 [amd64])',
      'Inst docker.io (20.10.24 Debian:12 [amd64])',
      'Conf runc (1.1.5+ds1-1 Debian:12 [amd64])',
    ].join('\n');
    expect(newPackages(simulation)).toEqual(['runc', 'docker.io']);
  });

  it('names the real dependencies', () => {
    const listing = [
      'nginx',
      '  PreDepends: base',
      '  Depends: libc6',
      ' |Depends: debconf',
      '  Depends: <debconf-2.0>',
      '    cdebconf',
    ];
    expect(dependenciesIn(listing.join('\n'))).toEqual(['base', 'libc6', 'debconf']);
  });

  it('names the packages that can be downloaded', () => {
    const policy = [
      ...['libc6:', '  Installed: 2.36-9', '  Candidate: 2.36-9', '  Version table:'],
      ...['gone:', '  Installed: (none)', '  Candidate: (none)', '  Version table:'],
      ...['zlib1g:', '  Installed: (none)', '  Candidate: 1:1.2.13', '  Version table:'],
    ];
    expect(candidatesIn(policy.join('\n'))).toEqual(['libc6', 'zlib1g']);
  });
});

describe('defaultRouteInterface', () => {
  it('is that of the default route with the lowest metric', () => {
    const routes = [
      'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT',
      'wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
      'eth0\t00000000\t010011AC\t0003\t0\t0\t100\t00000000\t0\t0\t0',
      'docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
    ];
    expect(defaultRouteInterface(routes.join('\n'))).toBe('eth0');
    expect(defaultRouteInterface(routes[0] ?? '')).toBeUndefined();
  });
});

describe('noSuchName', () => {
  const question = Buffer.from('1234010000010000000000010377656200000100010000291000000000000000', 'hex');

  it('answers NXDOMAIN with the question and nothing else', () => {
    expect(noSuchName(question)?.toString('hex')).toBe('123481830001000000000000037765620000010001');
  });

  it('does not answer what is not a question', () => {
    expect(noSuchName(Buffer.alloc(5))).toBeUndefined();
    expect(noSuchName(question.subarray(0, 15))).toBeUndefined();
  });
});
