import type { StringMap } from '../domain/object.ts';
import { labelName } from './meta-labels.ts';

/** How a service wants to be scraped, by the labels that people give services for Prometheus. */
export interface ScrapeWishes {
  /** By `prometheus-port`; null leaves it to what the service publishes. */
  readonly ports: readonly number[] | null;
  /** What targets are labelled with so that Prometheus follows the other wishes. */
  readonly labels: StringMap;
}

const MAX_PATH = 1024;
/** Characters of a path and its query (RFC 3986, 3.3 and 3.4). */
const PATH = /^\/[\w\-.~!$&'()*+,;=:@%/?]*$/;
const MAX_JOB = 256;

/**
 * Reads the labels `prometheus-port` (one, or several with commas), `prometheus-job`, `prometheus-path` and
 * `prometheus-scheme`; dots and underscores do as well as hyphens, because Prometheus sees no difference. What cannot be
 * followed is passed over: a label of one service must not cost the others their targets.
 */
export function scrapeWishes(labels: StringMap): ScrapeWishes {
  const wish = (name: string): string | undefined =>
    Object.entries(labels).find(([key]) => labelName(key) === `prometheus_${name}`)?.[1];
  const [job, path, scheme] = [wish('job'), wish('path'), wish('scheme')];
  return {
    ports: portsIn(wish('port') ?? ''),
    labels: {
      ...(job && job.length <= MAX_JOB ? { job } : {}),
      ...(path && path.length <= MAX_PATH && PATH.test(path) ? { __metrics_path__: path } : {}),
      ...(scheme === 'http' || scheme === 'https' ? { __scheme__: scheme } : {}),
    },
  };
}

function portsIn(text: string): readonly number[] | null {
  const ports = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => /^\d{1,5}$/.test(part))
    .map(Number)
    .filter((port) => port >= 1 && port <= 65_535);
  return ports.length > 0 ? [...new Set(ports)] : null;
}
