import type { Scope } from './scope.ts';

/** Whom a grant is for: the holder of a token, by its id; a user; all of a group. */
export type SubjectKind = 'token' | 'user' | 'group';

/**
 * `token:<id>`, `user:<issuer>:<name>`, `group:<issuer>:<name>`: who somebody is, as grants name it. Users and groups
 * bear the name that the installation has given their issuer, `certificate` for those of client certificates.
 */
export type Subject = `${SubjectKind}:${string}`;

const SUBJECT = /^(?:token:[^\s:]+|(?:user|group):[^\s:]+:[^\p{Cc}]+)$/u;

/** Whether a text is whom a grant can be for. */
export function isSubject(text: unknown): text is Subject {
  return typeof text === 'string' && SUBJECT.test(text);
}

/** Lets somebody do what a role says with the objects of a scope. */
export interface Grant {
  /** By which answers name it. */
  readonly name: string;
  readonly subject: Subject;
  /** The name of a role, built in or not. */
  readonly role: string;
  readonly scope: Scope;
}
