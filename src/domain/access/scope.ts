import { invalid, type FieldError } from '../errors.ts';
import { hasLabels } from '../filter.ts';
import { STACK_LABEL } from '../object.ts';
import { fitsWildcard } from '../admission/wildcard.ts';
import { portsOfText } from '../port-range.ts';
import { RESOURCE_KINDS, type ResourceKind, type Target } from './resource-kind.ts';

/** Which objects a grant is about: those that any of these fits. */
export interface Scope {
  /** Everything there is, also what is one for the whole swarm. */
  readonly all: boolean;
  /** Objects of these stacks, by the label that `docker stack deploy` gives. */
  readonly stacks: readonly string[];
  /** Objects with these labels: `team=pay`, or `team` for any value; several joined by `,` must all be there. */
  readonly labels: readonly string[];
  /** `network/edge`, `secret/pay-*`: a kind, and a name or id. Those of a service have its tasks and logs, too. */
  readonly names: readonly string[];
  /** Of routes, certificates and claims: `shop.example.com`, or `*.pay.corp` for all names below `pay.corp`. */
  readonly hosts: readonly string[];
  /** Published ports: `8080`, `8000-8099`. */
  readonly ports: readonly string[];
}

export const NOTHING: Scope = { all: false, stacks: [], labels: [], names: [], hosts: [], ports: [] };
export const EVERYTHING: Scope = { ...NOTHING, all: true };

/** Whether an object is within a scope. */
export function isWithin(scope: Scope, kind: ResourceKind, target: Target): boolean {
  const { labels, hosts = [], port } = target;
  if (scope.all) return true;
  if (labels !== undefined) {
    const stack = labels[STACK_LABEL];
    if (stack !== undefined && scope.stacks.includes(stack)) return true;
    if (scope.labels.some((selector) => hasLabels(labels, selector.split(',')))) return true;
  }
  if (scope.names.some((name) => isNamed(name, kind, target))) return true;
  if (hosts.length > 0 && hosts.every((host) => scope.hosts.some((pattern) => coversHost(pattern, host)))) {
    return true;
  }
  return port !== undefined && scope.ports.some((text) => isAmong(text, port));
}

/** Kinds that go with a service when it is named. */
const OF_SERVICES: readonly ResourceKind[] = ['service', 'task', 'log'];

function isNamed(text: string, kind: ResourceKind, { name, id }: Target): boolean {
  const slash = text.indexOf('/');
  const named = text.slice(0, slash);
  if (named !== kind && !(named === 'service' && OF_SERVICES.includes(kind))) return false;
  const pattern = text.slice(slash + 1);
  return fitsWildcard(name, pattern) || id === pattern;
}

/** Whether all names that `host` means are among those of `pattern`. Both may begin with `*.`. */
export function coversHost(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host;
  return host === pattern || (host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1);
}

function isAmong(text: string, port: number): boolean {
  const range = portsOfText(text);
  return range !== undefined && range[0] <= port && port <= range[1];
}

const NAMED = new RegExp(`^(?:${RESOURCE_KINDS.join('|')})/.+$`);
const HOST = /^(?:\*\.)?[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;

/** Everything wrong with a scope that its types do not say. `at` is the pointer of it. */
export function checkScope(scope: Scope, at: string): FieldError[] {
  const wrong = (field: keyof Scope, isRight: (text: string) => boolean, detail: string): FieldError[] =>
    (scope[field] as readonly string[]).flatMap((text, index) =>
      isRight(text) ? [] : [{ pointer: `${at}/${field}/${index}`, detail }],
    );
  const isEmpty =
    !scope.all && Object.values(scope).every((part) => !Array.isArray(part) || part.length === 0);
  const isBoth = scope.all && Object.values(scope).some((part) => Array.isArray(part) && part.length > 0);
  return [
    ...(isEmpty ? [{ pointer: at, detail: 'It has nothing in it. Say "all": true for everything.' }] : []),
    ...(isBoth
      ? [{ pointer: `${at}/all`, detail: 'Everything is in it already. Leave out the rest, or this.' }]
      : []),
    ...wrong('stacks', (text) => text !== '', 'Name a stack.'),
    ...wrong(
      'labels',
      (text) => text.split(',').every((part) => /^[^=]+(?:=.*)?$/.test(part)),
      'Write "key=value", "key", or several joined by ",".',
    ),
    ...wrong('names', (text) => NAMED.test(text), 'Write a kind and a name: "network/edge", "secret/pay-*".'),
    ...wrong('hosts', (text) => HOST.test(text), 'Write "shop.example.com", or "*.example.com".'),
    ...wrong('ports', (text) => portsOfText(text) !== undefined, 'Write "8080", or "8000-8099".'),
  ];
}

/** A scope from parts of one. Fails `invalid` for one that means nothing. */
export function scopeFrom(parts: Partial<Scope>, at = '/scope'): Scope {
  const scope = { ...NOTHING, ...parts };
  const errors = checkScope(scope, at);
  if (errors.length > 0) throw invalid(errors);
  return scope;
}
