import { pointerTo, type FieldError } from '../errors.ts';
import { STACK_LABEL } from '../object.ts';
import { LAST_PORT, portsOfText } from '../port-range.ts';
import { covers, type Principal, type Role } from '../role.ts';
import type { AdmissionRule, Privilege } from './privilege.ts';
import { fitsWildcard } from './wildcard.ts';

/**
 * Whom an exception is for: all who may do what a role is for, who has this token, a user, all of a group, and whom a
 * grant of this name is for. Users and groups are named as grants name them: `<issuer>:<name>`.
 */
export type AdmissionSubject =
  | { readonly role: Role }
  | { readonly token: string }
  | { readonly user: string }
  | { readonly group: string }
  | { readonly grant: string };

/** What somebody may have although a rule keeps it to admins. */
export interface AdmissionException {
  /** By which verdicts name it. */
  readonly name: string;
  readonly subject: AdmissionSubject;
  readonly rule: AdmissionRule;
  /** Of what the rule keeps; `*` stands for any characters. */
  readonly allow: readonly string[];
}

/** Who may ask for what. All rules are always in force: only exceptions open anything. */
export interface AdmissionPolicy {
  /** Published ports, `22` or `2375-2377`. */
  readonly reservedPorts: readonly string[];
  /** Beginnings of labels. */
  readonly reservedLabels: readonly string[];
  readonly exceptions: readonly AdmissionException[];
}

/**
 * What holds while nobody has said anything else. Reserved are the ports of SSH, Docker, Swarm and ourselves, and the
 * labels by which Docker knows stacks and we know routers, operations and probes.
 */
export const DEFAULT_POLICY: AdmissionPolicy = {
  reservedPorts: ['22', '2375-2377', '4789', '7400', '7946'],
  reservedLabels: ['com.docker.', 'io.swarmplane.', 'swarmplane.operation', 'swarmplane.probe'],
  exceptions: [
    { name: 'any-image', subject: { role: 'operator' }, rule: 'images', allow: ['*'] },
    {
      name: 'routing-labels',
      subject: { role: 'operator' },
      rule: 'reserved-labels',
      // In which Interlock and its predecessor are told of routes.
      allow: ['com.docker.lb.*', 'com.docker.ucp.mesh.http*'],
    },
    {
      name: 'mtu',
      subject: { role: 'operator' },
      rule: 'driver-options',
      allow: ['com.docker.network.driver.mtu=*'],
    },
  ],
};

/** What holds where the policy cannot be read: nobody but admins has anything that a rule is about. */
export const STRICTEST_POLICY: AdmissionPolicy = { ...DEFAULT_POLICY, exceptions: [] };

/** The exception that lets somebody have something, if there is one. */
export function exceptionFor(
  { exceptions }: AdmissionPolicy,
  by: Principal,
  { rule, name }: Privilege,
): AdmissionException | undefined {
  const own = rule === 'reserved-labels' ? ownStack(by, name) : undefined;
  if (own !== undefined) return { name: own, subject: { token: by.id }, rule, allow: [name] };
  return exceptions.find(
    (exception) =>
      exception.rule === rule &&
      isFor(exception.subject, by) &&
      exception.allow.some((pattern) => fitsWildcard(name, pattern)),
  );
}

/** Through what somebody has the stack that a label names: they may say of what is theirs that it is. */
function ownStack({ rights }: Principal, label: string): string | undefined {
  const [key, stack = ''] = label.split(/=(.*)/s);
  if (key !== STACK_LABEL) return undefined;
  return rights.bindings.find(({ scope }) => scope.stacks.includes(stack))?.through;
}

function isFor(subject: AdmissionSubject, by: Principal): boolean {
  if ('token' in subject) return by.subjects.includes(`token:${subject.token}`);
  if ('user' in subject) return by.subjects.includes(`user:${subject.user}`);
  if ('group' in subject) return by.subjects.includes(`group:${subject.group}`);
  if ('grant' in subject) return by.rights.bindings.some(({ grant }) => grant === subject.grant);
  return covers(by.role, subject.role) || (subject.role === 'operator' && writes(by));
}

/** Whoever may write at all is an operator of what they may write: with which objects was found out before. */
function writes({ rights }: Principal): boolean {
  return (['service', 'network'] as const).some(
    (kind) => rights.anywhere('create', kind) || rights.anywhere('update', kind),
  );
}

/** Everything wrong with a policy that its types do not say. */
export function checkPolicy({ reservedPorts, reservedLabels, exceptions }: AdmissionPolicy): FieldError[] {
  const names = exceptions.map(({ name }) => name);
  return [
    ...reservedPorts.flatMap((text, index) =>
      portsOfText(text)
        ? []
        : [{ pointer: `/reservedPorts/${index}`, detail: `Write "22" or "2375-2377", up to ${LAST_PORT}.` }],
    ),
    ...reservedLabels.flatMap((prefix, index) =>
      prefix === ''
        ? [{ pointer: `/reservedLabels/${index}`, detail: 'All labels begin with nothing. Leave it out.' }]
        : [],
    ),
    ...exceptions.flatMap(({ name, allow }, index) => [
      ...(names.indexOf(name) < index
        ? [{ pointer: `/exceptions/${index}/name`, detail: `There is another exception "${name}".` }]
        : []),
      ...(allow.length === 0
        ? [{ pointer: pointerTo(`/exceptions/${index}`, 'allow'), detail: 'Say what it allows; "*" is all.' }]
        : []),
    ]),
  ];
}
