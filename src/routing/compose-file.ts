import { parse } from 'yaml';
import type { LabelledNetwork, LabelledPort, LabelledService } from '../domain/dialects/dialect.ts';
import { invalid } from '../domain/errors.ts';
import type { StringMap } from '../domain/object.ts';

type Mapping = Readonly<Record<string, unknown>>;

/** A service of a compose file. */
export interface ComposeService extends LabelledService {
  /** Labels of its containers, which no router reads: those of routes stand there by mistake. */
  readonly containerLabels: StringMap;
}

/**
 * The services of a compose file, as far as routes look at them (Compose Specification). Labels are those of the
 * service (`deploy.labels`); `$$` is `$`, and variables stay as they are. Fails `invalid` where the text is no YAML, or
 * has no services.
 */
export function servicesFromCompose(text: string): ComposeService[] {
  const file = mapping(documentOf(text));
  const services = Object.entries(mapping(file['services']));
  if (services.length === 0) {
    throw invalid([{ pointer: '/compose', detail: 'There are no services in it.' }]);
  }
  return services.map(([name, service]) => ({
    name,
    labels: stringMap(mapping(mapping(service)['deploy'])['labels']),
    containerLabels: stringMap(mapping(service)['labels']),
    networks: networksOf(mapping(service), mapping(file['networks'])),
    ports: portsOf(mapping(service)['ports']),
  }));
}

/** Anchors may be used a hundred times: more would make a giant of a small file. */
function documentOf(text: string): unknown {
  try {
    return parse(text, { merge: true, maxAliasCount: 100, logLevel: 'error' }) as unknown;
  } catch (error) {
    const [detail = ''] = String(error instanceof Error ? error.message : error).split('\n');
    throw invalid([{ pointer: '/compose', detail: `It is no YAML: ${detail}` }]);
  }
}

const mapping = (value: unknown): Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {};

const isScalar = (value: unknown): value is string | number | boolean | bigint =>
  ['string', 'number', 'boolean', 'bigint'].includes(typeof value);

/** A map, or a list of `key=value`. */
function stringMap(value: unknown): StringMap {
  const entries = Array.isArray(value)
    ? value.filter(isScalar).map((item) => {
        const [key = '', ...rest] = String(item).split('=');
        return [key, rest.join('=')] as const;
      })
    : Object.entries(mapping(value)).map(([key, each]) => [key, isScalar(each) ? String(each) : ''] as const);
  return Object.fromEntries(entries.map(([key, text]) => [key, text.replaceAll('$$', '$')]));
}

/** Null where one is from elsewhere, whose labels the file does not have. */
function networksOf(service: Mapping, declared: Mapping): LabelledNetwork[] | null {
  const asked = service['networks'];
  const keys = Array.isArray(asked) ? asked.filter(isScalar).map(String) : Object.keys(mapping(asked));
  const networks = (keys.length > 0 ? keys : ['default']).map((key) => ({
    key,
    said: mapping(declared[key]),
  }));
  if (networks.some(({ said }) => (said['external'] ?? false) !== false)) return null;
  return networks.map(({ key, said }) => ({
    name: isScalar(said['name']) ? String(said['name']) : key,
    labels: stringMap(said['labels']),
  }));
}

const SHORT_PORT = /^(?:(?:[^:]*:)?(\d+):)?(\d+)(?:\/\w+)?$/;

/** Null where one is written as a range, or with a variable. */
function portsOf(value: unknown): LabelledPort[] | null {
  const ports = (Array.isArray(value) ? value : []).map((port: unknown): LabelledPort | null => {
    const { target, published } = mapping(port);
    const [, outside = published, inside = target] =
      SHORT_PORT.exec(isScalar(port) ? String(port) : '') ?? [];
    const targetPort = Number(inside);
    const publishedPort = outside === undefined ? null : Number(outside);
    return Number.isInteger(targetPort) && (publishedPort === null || Number.isInteger(publishedPort))
      ? { targetPort, publishedPort }
      : null;
  });
  return ports.includes(null) ? null : (ports as LabelledPort[]);
}
