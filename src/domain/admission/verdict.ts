import { DomainError, type FieldError } from '../errors.ts';
import { fieldChanges } from '../field-changes.ts';
import type { Principal } from '../role.ts';
import { exceptionFor, type AdmissionPolicy } from './policy.ts';
import { ADMISSION_RULES, type AdmissionRule, type Privilege } from './privilege.ts';

/** What is asked for, and what has been there before. */
export interface AdmissionRequest {
  readonly asked: readonly Privilege[];
  /** What the object has already. */
  readonly had: readonly Privilege[];
  /** Whether another program is to run with it: the fields that say so, as JSON pointers. */
  readonly programChanges: readonly string[];
}

/** One thing that a rule refuses. */
export interface Refusal extends FieldError {
  readonly rule: AdmissionRule;
  /** What an exception would have to name. */
  readonly name: string;
}

/** Whether somebody may have what is asked for, and why. */
export interface Verdict {
  readonly allowed: boolean;
  /** The first rule that refuses; else why nothing does. */
  readonly rule: AdmissionRule | 'admin' | 'unprivileged' | 'exceptions';
  /** The exceptions that let something through, by name. */
  readonly exceptions: readonly string[];
  readonly refusals: readonly Refusal[];
}

/** Why something was let through, as it is put on record. */
export type Admitted = Pick<Verdict, 'rule' | 'exceptions'>;

/**
 * What a program has by running in the containers: who says which program that is has it, too. So these are judged
 * anew when the program changes; the others stay what they were.
 */
const OF_THE_PROGRAM: ReadonlySet<AdmissionRule> = new Set<AdmissionRule>([
  'mounts',
  'sensitive-mounts',
  'mount-propagation',
  'volume-drivers',
  'privileges',
  'capabilities',
  'sysctls',
  'root-user',
  'secrets',
  'configs',
  'networks',
  'names',
  'host-ports',
  'reserved-ports',
  'manager-placement',
  'unknown',
]);

/**
 * Judges what somebody asks for. Admins may have everything; all others what was there already, or is excepted.
 * @param request is not asked for where it does not matter
 */
export function judge(by: Principal, policy: AdmissionPolicy, request: () => AdmissionRequest): Verdict {
  if (by.role === 'admin') return { allowed: true, rule: 'admin', exceptions: [], refusals: [] };
  const { asked, had, programChanges } = request();
  const exceptions = new Set<string>();
  const refusals: Refusal[] = [];
  for (const privilege of asked) {
    const isThere = had.some((other) => isSame(other, privilege));
    if (isThere && !(programChanges.length > 0 && OF_THE_PROGRAM.has(privilege.rule))) continue;
    const exception = exceptionFor(policy, by, privilege);
    if (exception) exceptions.add(exception.name);
    else refusals.push(refusalOf(privilege, isThere ? programChanges : []));
  }
  return {
    allowed: refusals.length === 0,
    rule: refusals[0]?.rule ?? (exceptions.size > 0 ? 'exceptions' : 'unprivileged'),
    exceptions: [...exceptions],
    refusals,
  };
}

/** Why something is allowed. Fails `forbidden`, with every refusal, for what is not. */
export function admittedBy({ rule, exceptions, refusals }: Verdict): Admitted {
  const [first] = refusals;
  if (!first) return { rule, exceptions };
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more)` : '';
  const errors = refusals.map(({ pointer, detail }) => ({ pointer, detail }));
  throw new DomainError('forbidden', `${first.pointer}: ${first.detail}${more}`, { errors });
}

function isSame(a: Privilege, b: Privilege): boolean {
  return (
    a.rule === b.rule &&
    a.name === b.name &&
    fieldOf(a) === fieldOf(b) &&
    fieldChanges(a.value, b.value).length === 0
  );
}

/** Where in a list something stands makes no difference; of which field it is, as of labels, does. */
const fieldOf = ({ pointer }: Privilege): string | undefined => pointer.split('/')[1];

function refusalOf({ rule, pointer, name }: Privilege, programChanges: readonly string[]): Refusal {
  const advice =
    programChanges.length > 0
      ? `It is there already, but another program (${programChanges.join(', ')}) would have it.`
      : 'Leave it out.';
  return {
    rule,
    pointer,
    name,
    detail: `The rule "${rule}" keeps ${ADMISSION_RULES[rule]} to admins: "${name}". ${advice} Else ask an admin to do it, or for an exception in the access policy.`,
  };
}
