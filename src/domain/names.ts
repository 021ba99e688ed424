import type { FieldError } from './errors.ts';
import { orderBy } from './order.ts';
import type { TaskState } from './task.ts';

export const NAME_KINDS = ['vip', 'tasks', 'alias', 'task', 'container', 'none'] as const;
export type NameKind = (typeof NAME_KINDS)[number];

export const SILENCE_KINDS = [
  'no-such-name',
  'elsewhere',
  'no-tasks',
  'not-placed',
  'starting',
  'outdated',
  'health-check',
  'failing',
  'stopping',
  'ended',
  'ingress',
  'joined-by-hand',
] as const;
export type SilenceKind = (typeof SILENCE_KINDS)[number];

export const HEALTHS = ['healthy', 'unchecked', 'unknown'] as const;
export type Health = (typeof HEALTHS)[number];

/** How long the embedded DNS lets its answers be kept, in seconds (libnetwork `resolver.go`, `respTTL`). */
export const DNS_TTL_SECONDS = 600;

/** One address that a name answers, and whose it is. Of a virtual IP only the service is known. */
export interface NameRecord {
  /** Plain. */
  readonly address: string;
  /** Null for a container that joined by hand. */
  readonly serviceId: string | null;
  readonly serviceName: string | null;
  readonly taskId: string | null;
  readonly nodeId: string | null;
  readonly nodeHostname: string | null;
  readonly containerId: string | null;
  readonly state: TaskState | null;
  readonly health: Health | null;
}

/** Why a name does not answer, as a word for machines and a sentence for people. */
export interface Silence {
  readonly kind: SilenceKind;
  readonly detail: string;
}

/** A name that one service, or one container, has on a network, and what it puts behind it. */
export interface Claim {
  /** As it was written; the embedded DNS does not tell upper from lower case. */
  readonly name: string;
  readonly kind: Exclude<NameKind, 'none'>;
  readonly records: readonly NameRecord[];
  /** Why there are no records; null when there are. */
  readonly silence: Silence | null;
  /** Why Docker may answer otherwise; null where nothing speaks for it. */
  readonly caveat: string | null;
}

/** What a name answers on a network. */
export interface Resolution {
  /** The network's name. */
  readonly network: string;
  readonly networkId: string;
  readonly name: string;
  readonly kind: NameKind;
  readonly records: readonly NameRecord[];
  /** How long clients may keep the answer; null when there is none. */
  readonly ttlSeconds: number | null;
  /** Null when it answers. */
  readonly reason: Silence | null;
  /** Why Docker may answer otherwise; null where nothing speaks for it. */
  readonly caveat: string | null;
}

export const NAME_ORDER = orderBy<Resolution>('name');

/** One label or several. Docker takes underscores, and hyphens anywhere, so they are no mistakes here. */
const LABEL = '[a-zA-Z0-9_-]{1,63}';
const NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*\\.?$`);
const MAX_LENGTH = 253;

/** What is wrong with a name that is to be resolved; empty when nothing is. */
export function checkDnsName(name: string): FieldError[] {
  return NAME.test(name) && name.replace(/\.$/, '').length <= MAX_LENGTH
    ? []
    : [
        {
          pointer: '/name',
          detail: `"${name}" is no DNS name: use labels of 1 to 63 letters, digits, hyphens and underscores, with dots between, ${MAX_LENGTH} characters at most.`,
        },
      ];
}

/** The same for all spellings of a name that the embedded DNS takes for one (docker/libnetwork#2394). */
export function keyOfName(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

/**
 * The names that a question can mean on a network, in the order in which the embedded DNS tries them: the whole of it,
 * then without the network's own name behind it, which it does compare letter by letter (libnetwork `sandbox.go`).
 */
export function candidatesOf(asked: string, network: { readonly name: string }): string[] {
  const name = asked.replace(/\.$/, '');
  const suffix = `.${network.name}`;
  return name.endsWith(suffix) && name.length > suffix.length
    ? [keyOfName(name), keyOfName(name.slice(0, -suffix.length))]
    : [keyOfName(name)];
}

/**
 * What all that claim one name on a network make it answer: everything that any of them has behind it (libnetwork
 * `network.go`, `ResolveName`).
 * @param claims at least one
 */
export function resolutionOf(
  network: { readonly id: string; readonly name: string },
  claims: readonly Claim[],
  name: string,
): Resolution {
  const answering = claims.length === 1 ? claims : claims.filter(({ records }) => records.length > 0);
  const records =
    answering.length === 1 && answering[0]
      ? answering[0].records
      : distinct(answering.flatMap((claim) => claim.records));
  const caveat = claims.find((claim) => claim.caveat)?.caveat ?? null;
  if (records.length === 0) {
    const silence = claims.find((claim) => claim.silence)?.silence ?? null;
    return { ...silentResolution(network, name, silence), caveat };
  }
  const kinds = answering.map((claim) => claim.kind);
  const kind =
    kinds.length === 1 ? kinds[0] : NAME_KINDS.find((each) => (kinds as NameKind[]).includes(each));
  return {
    network: network.name,
    networkId: network.id,
    name,
    kind: kind ?? 'none',
    records,
    ttlSeconds: DNS_TTL_SECONDS,
    reason: null,
    caveat,
  };
}

/** An answer that there is none. */
export function silentResolution(
  network: { readonly id: string; readonly name: string },
  name: string,
  reason: Silence | null,
): Resolution {
  return {
    network: network.name,
    networkId: network.id,
    name,
    kind: 'none',
    records: [],
    ttlSeconds: null,
    reason,
    caveat: null,
  };
}

/** The records, one for each address. */
export function distinct(records: readonly NameRecord[]): readonly NameRecord[] {
  return [...new Map(records.map((record) => [record.address, record])).values()];
}
