import { Injectable } from '@nestjs/common';
import { WHOLE } from '../api/access.ts';
import { nodeTarget } from '../api/visible-state.ts';
import { OwnRights } from '../auth/own-rights.ts';
import { TokensService } from '../auth/tokens.service.ts';
import { isSubject, type Subject } from '../domain/access/grant.ts';
import { RESOURCE_KINDS, THE_SWARM, type ResourceKind, type Target } from '../domain/access/resource-kind.ts';
import { NO_RIGHTS, type Rights } from '../domain/access/rights.ts';
import { verdictOn, type NearMiss } from '../domain/access/verdict.ts';
import { DomainError, invalid } from '../domain/errors.ts';
import type { Principal } from '../domain/role.ts';
import { ClusterState } from '../swarm/cluster-state.ts';
import type { AccessExplanation, AccessNearMiss, ExplainAccessQuery } from './explain-access.types.ts';
import { GrantStore } from './grant-store.ts';
import { RightsBook } from './rights-book.ts';

/** Whom a question is about. */
interface Asked {
  readonly subjects: readonly Subject[];
  readonly rights: Rights;
  /** Why they may do nothing at all; null where that is not so. */
  readonly problem: string | null;
}

/** An object that a question is about. */
interface AskedObject {
  readonly kind: ResourceKind;
  readonly target: Target;
  readonly isThere: boolean;
}

/** Says who may do what, and why or why not. */
@Injectable()
export class ExplainAccessService {
  constructor(
    private readonly state: ClusterState,
    private readonly tokens: TokensService,
    private readonly own: OwnRights,
    private readonly store: GrantStore,
    private readonly rights: RightsBook,
  ) {}

  /** Fails `invalid`, `forbidden` for others than oneself unless one may see grants, `not-found` for an unknown token. */
  explain({ subject, verb, object, labels, hosts }: ExplainAccessQuery, by: Principal): AccessExplanation {
    this.state.assertSynced();
    const { subjects, rights, problem } = subject?.length
      ? this.asked(subject, by)
      : { ...by, problem: null };
    const { kind, target, isThere } = this.objectOf(object, { labels, hosts });
    const { allowed, through, nearMisses } = verdictOn(rights, verb, kind, target);
    const misses = nearMisses.map((miss) => ({ through: miss.through, detail: lackOf(miss, verb, kind) }));
    return {
      allowed,
      through,
      detail: allowed ? `Yes, by ${through}.` : (problem ?? 'No: nothing that they have lets them.'),
      found: isThere && by.rights.may('view', kind, target),
      nearMisses: allowed ? [] : [...misses, ...this.roleless(subjects)],
    };
  }

  private asked(texts: readonly string[], by: Principal): Asked {
    const subjects = texts.filter(isSubject);
    const [token, ...more] = subjects.flatMap((one) => /^token:(.+)$/.exec(one)?.[1] ?? []);
    if (subjects.length < texts.length || more.length > 0) {
      const detail =
        'Send one "token:<id>", or "user:<issuer>:<name>" and any number of "group:<issuer>:<name>".';
      throw invalid([{ pointer: '/subject', detail }]);
    }
    if (!subjects.every((one) => by.subjects.includes(one)) && !by.rights.everywhere('view', 'grant')) {
      throw new DomainError(
        'forbidden',
        'What others may do is for who may view all grants. Leave "subject" out to ask what you may do.',
      );
    }
    if (token === undefined) {
      return { subjects, rights: this.rights.of(subjects, this.own.of(subjects)), problem: null };
    }
    const { own } = this.tokens.holderOf(token);
    return this.tokens.provenBy(token)
      ? { subjects, rights: this.rights.of(subjects, own), problem: null }
      : { subjects, rights: NO_RIGHTS, problem: 'No: the token has expired.' };
  }

  private objectOf(
    text: string,
    { labels, hosts }: Pick<ExplainAccessQuery, 'labels' | 'hosts'>,
  ): AskedObject {
    const [, name = '', reference = ''] = /^([^/]*)(?:\/(.*))?$/s.exec(text) ?? [];
    const kind = RESOURCE_KINDS.find((one) => one === name);
    if (kind && WHOLE.includes(kind)) return { kind, target: THE_SWARM, isThere: true };
    if (!kind || reference === '' || (kind === 'port' && !/^\d{1,5}$/.test(reference))) {
      const detail = `Write a kind and a name: "service/web", "port/8080". The kinds are ${RESOURCE_KINDS.join(', ')}.`;
      throw invalid([{ pointer: '/object', detail }]);
    }
    const there = this.found(kind, reference);
    const target: Target = {
      ...(there ?? { name: reference }),
      ...(labels ? { labels: Object.fromEntries(labels.map(pairOf)) } : {}),
      ...(hosts ? { hosts } : {}),
      ...(kind === 'host' ? { hosts: [reference] } : {}),
      ...(kind === 'port' ? { port: Number(reference) } : {}),
    };
    return { kind, target, isThere: there !== undefined };
  }

  /** An object that the state in memory has, by its id or name. */
  private found(kind: ResourceKind, reference: string): Target | undefined {
    switch (kind) {
      case 'network':
      case 'service':
        return found(this.state.of(kind), reference);
      case 'log':
        return found(this.state.services, reference);
      case 'task': {
        const task = found(this.state.tasks, reference);
        return this.state.services.get(task?.serviceId ?? '');
      }
      case 'node': {
        const node = found(this.state.nodes, reference);
        return node && nodeTarget(node);
      }
      default:
        return undefined;
    }
  }

  /** Grants of somebody that give nothing, because their role is gone. */
  private roleless(subjects: readonly Subject[]): AccessNearMiss[] {
    return this.store.grants.flatMap(({ document }) =>
      document && subjects.includes(document.subject) && !this.store.roleNamed(document.role)
        ? [{ through: `the grant "${document.name}"`, detail: `There is no role "${document.role}".` }]
        : [],
    );
  }
}

function found<T>(
  objects: { get(id: string): T | undefined; named(name: string): readonly T[] },
  reference: string,
): T | undefined {
  return objects.get(reference) ?? objects.named(reference)[0];
}

function pairOf(label: string): [string, string] {
  const equals = label.indexOf('=');
  return [label.slice(0, equals), label.slice(equals + 1)];
}

function lackOf({ lacks, role }: NearMiss, verb: string, kind: string): string {
  return lacks === 'scope'
    ? 'Its scope does not have this object.'
    : `Its role "${role}" does not have "${verb}" for the kind "${kind}".`;
}
