import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scrapeWishes } from '../../../src/prometheus/scrape-wishes.ts';

describe('what a service wishes by its labels', () => {
  it.each([
    [{ 'prometheus-port': '9100' }, [9100]],
    [{ 'prometheus.port': ' 9100, 9101,9100 ' }, [9100, 9101]],
    [{ prometheus_port: '65535' }, [65_535]],
    [{ 'prometheus-port': '0' }, null],
    [{ 'prometheus-port': '65536' }, null],
    [{ 'prometheus-port': 'http' }, null],
    [{ 'prometheus-port': '80,http' }, [80]],
    [{ 'prometheus-ports': '80' }, null],
    [{}, null],
  ] as const)('%j names the ports %j', (labels, ports) => {
    expect(scrapeWishes(labels).ports).toEqual(ports);
  });

  it('labels its targets so that Prometheus follows it', () => {
    const labels = { 'prometheus-job': 'shop', 'prometheus-path': '/m?a=b', 'prometheus-scheme': 'https' };
    expect(scrapeWishes(labels).labels).toEqual({
      job: 'shop',
      __metrics_path__: '/m?a=b',
      __scheme__: 'https',
    });
  });

  it.each([
    ['prometheus-job', ''],
    ['prometheus-job', 'x'.repeat(257)],
    ['prometheus-path', 'metrics'],
    ['prometheus-path', '/a b'],
    ['prometheus-path', '/a\n'],
    ['prometheus-path', `/${'x'.repeat(1024)}`],
    ['prometheus-scheme', 'HTTP'],
    ['prometheus-scheme', 'file'],
    ['prometheus-address', '169.254.169.254:80'],
  ])('passes over %s=%j', (name, value) => {
    expect(scrapeWishes({ [name]: value })).toEqual({ ports: null, labels: {} });
  });

  it('takes any labels, and names ports that can be and nothing that it does not know', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string({ unit: 'binary' })), (labels) => {
        const wishes = scrapeWishes({ 'prometheus-port': Object.values(labels).join(), ...labels });
        for (const port of wishes.ports ?? []) {
          expect(port).toBeGreaterThan(0);
          expect(port).toBeLessThan(65_536);
        }
        expect(['job', '__metrics_path__', '__scheme__']).toEqual(
          expect.arrayContaining(Object.keys(wishes.labels)),
        );
      }),
    );
  });
});
