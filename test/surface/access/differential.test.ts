import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { askChanges } from '../../support/access/changes.ts';
import { FOLLOWED } from '../../support/access/follower.ts';
import { Asked, type Model } from '../../support/access/asked.ts';
import { askReads } from '../../support/access/reads.ts';
import { askWrites } from '../../support/access/writes.ts';
import { Subject } from '../../support/access/subject.ts';
import { Verdicts } from '../../support/access/verdicts.ts';
import {
  anyLabels,
  anyWorld,
  HOSTS,
  PREFIXES,
  SENTINEL,
  SHOWN_KINDS,
  STACK_LABEL,
  STACKS,
  TEAMS,
  World,
  type Thing,
} from '../../support/access/world.ts';

const WORLDS = 4;
const BATCHES = 5;
const SUBJECTS = 16;
const CASES = 100_000;
const WITHIN_MS = 300_000;

/** What the roles of the test may do: verbs, then kinds. */
const VIEWER = ['view: network service task log node secret config route certificate router operation swarm'];
const ROLES = {
  viewer: VIEWER,
  operator: [
    ...VIEWER,
    'use create update delete: network service secret config route certificate operation',
    'use: host port swarm',
    'update: node',
  ],
  admin: ['view use create update delete: network service task log node secret config route'],
  watcher: ['view: service task'],
  shipper: ['view: network service task', 'use: network', 'update: service'],
  cleaner: ['view delete: network secret config route'],
  blind: ['create update delete: network service secret route'],
  keeper: ['view update: node'],
} as const satisfies Record<string, readonly string[]>;
const CUSTOM = ['watcher', 'shipper', 'cleaner', 'blind', 'keeper'] as const;

interface Scope {
  readonly all: boolean;
  readonly stacks: readonly string[];
  readonly labels: readonly string[];
  readonly names: readonly string[];
  readonly hosts: readonly string[];
}
interface Grant {
  readonly role: keyof typeof ROLES;
  readonly scope: Scope;
}
type Target = Pick<Thing, 'calls' | 'labels' | 'hosts'>;

// The model: a grant gives the verbs of its role on its kinds, with whatever a part of its scope fits.
const gives = ({ role }: Grant, verb: string, kind: string): boolean =>
  ROLES[role]
    .map((rule) => rule.split(': ').map((words) => words.split(' ')))
    .some(([verbs, kinds]) => verbs?.includes(verb) && kinds?.includes(kind));
const glob = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '.*')}$`).test(text);
const isLabelled = ({ labels }: Target, term: string): boolean =>
  Object.entries(labels).some(([key, value]) => term === key || term === `${key}=${value}`);
const fits = ({ all, stacks, labels, names, hosts }: Scope, it: Target): boolean =>
  all ||
  stacks.some((stack) => isLabelled(it, `${STACK_LABEL}=${stack}`)) ||
  labels.some((terms) => terms.split(',').every((term) => isLabelled(it, term))) ||
  names.some((name) => it.calls.some((call) => glob(name, call))) ||
  (it.hosts.length > 0 && it.hosts.every((host) => hosts.some((pattern) => glob(pattern, host))));

const modelOf = (grants: readonly Grant[]): Model => ({
  may: (verb, it) => grants.some((grant) => gives(grant, verb, it.kind) && fits(grant.scope, it)),
  mayAny: (verb, kind) => grants.some((grant) => gives(grant, verb, kind)),
  toString: () => JSON.stringify(grants),
});

const some = <T>(one: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[]> => fc.array(one, { maxLength });
const anyGrant = fc.record({
  role: fc.constantFrom(...(Object.keys(ROLES) as (keyof typeof ROLES)[])),
  all: fc.integer({ min: 1, max: 8 }).map((one) => one === 1),
  stacks: some(fc.constantFrom(...STACKS), 1),
  labels: some(fc.constantFrom(...TEAMS.map((team) => `team=${team}`), 'tier', 'team=a,tier', 'team'), 1),
  names: some(
    fc
      .tuple(fc.constantFrom(...SHOWN_KINDS), fc.constantFrom(...PREFIXES))
      .map(([kind, prefix]) => `${kind}/${prefix}-*`),
    2,
  ),
  /** Objects by their places in the world. */
  places: some(fc.nat(), 2),
  hosts: some(fc.constantFrom(...HOSTS, '*.pay.corp', '*.corp'), 1),
});
type GrantPlan = typeof anyGrant extends fc.Arbitrary<infer T> ? T : never;
const anyBatch = fc.record({
  subjects: fc.array(
    fc.record({ plans: fc.array(anyGrant, { minLength: 1, maxLength: 3 }), seed: fc.nat(1_000_000) }),
    { minLength: SUBJECTS, maxLength: SUBJECTS },
  ),
  /** What objects are labelled with when all are written. */
  labels: fc.array(anyLabels, { minLength: 7, maxLength: 7 }),
});
type Batch = typeof anyBatch extends fc.Arbitrary<infer T> ? T : never;

function grantOf({ role, all, places, ...parts }: GrantPlan, things: readonly Thing[]): Grant {
  if (all) return { role, scope: { all, stacks: [], labels: [], names: [], hosts: [] } };
  const named = places.flatMap((place) => things[place % things.length]?.calls[place % 2] ?? []);
  const scope = { ...parts, all, names: [...parts.names, ...named] };
  const isEmpty = Object.values(scope).flat().length === 1;
  return { role, scope: isEmpty ? { ...scope, names: ['network/none-of-this-name'] } : scope };
}

const SENTINELS: Grant = {
  role: 'viewer',
  scope: {
    all: false,
    stacks: [],
    labels: [],
    names: FOLLOWED.map((kind) => `${kind}/${SENTINEL}`),
    hosts: [],
  },
};

/** The server, and those who ask it. */
class Trial {
  private count = 0;

  private constructor(
    private readonly world: World,
    private readonly verdicts: Verdicts,
    private readonly things: readonly Thing[],
  ) {}

  static async start(world: World, verdicts: Verdicts): Promise<Trial> {
    for (const name of CUSTOM) {
      const rules = ROLES[name].map((rule) => rule.split(': ').map((words) => words.split(' ')));
      await world.surface.rest
        .post('/v1/access/roles')
        .send({ name, rules: rules.map(([verbs, kinds]) => ({ verbs, kinds })) })
        .expect(201);
    }
    return new Trial(world, verdicts, await world.things());
  }

  async run({ subjects, labels }: Batch): Promise<void> {
    const relations = this.world.relations(this.things);
    const followers = await Promise.all(
      subjects.map(async ({ plans, seed }) => {
        const subject = await this.newSubject();
        const asked = (grants: readonly Grant[]): Asked =>
          new Asked(this.verdicts, this.things, relations, subject, modelOf(grants), seed);
        const grants = plans.map((plan) => grantOf(plan, this.things));
        for (const grant of grants) await this.grant(subject, grant);
        await askReads(asked(grants));
        await askWrites(asked(grants));
        await this.grant(subject, SENTINELS);
        return asked([...grants, SENTINELS]);
      }),
    );
    await askChanges(this.world, followers, labels);
  }

  private async newSubject(): Promise<Subject> {
    const name = `subject-${this.count++}`;
    const { body } = await this.admin.ask('POST', '/v1/tokens', { name });
    return new Subject(this.world.surface, String(body['id']), String(body['token']));
  }

  private async grant(subject: Subject, { role, scope }: Grant): Promise<void> {
    const name = `grant-${this.count++}`;
    const { status, body } = await this.admin.ask('POST', '/v1/access/grants', {
      name,
      subject: { token: subject.id },
      role,
      scope,
    });
    expect(status, JSON.stringify(body)).toBe(201);
  }

  private get admin(): Subject {
    return new Subject(this.world.surface, 'admin', this.world.surface.adminToken);
  }
}

it(
  `has one verdict on every surface, that of the model, in ${CASES} cases`,
  async () => {
    const verdicts = new Verdicts();
    const worlds = fc.asyncProperty(
      anyWorld,
      fc.array(anyBatch, { minLength: BATCHES, maxLength: BATCHES }),
      async (plan, batches) => {
        const world = await World.build(plan);
        try {
          const trial = await Trial.start(world, verdicts);
          for (const batch of batches) await trial.run(batch);
        } finally {
          await world.close();
        }
        expect(verdicts.wrong).toEqual([]);
      },
    );
    const seed = randomInt(2 ** 31);
    await fc.assert(worlds, { numRuns: WORLDS, endOnFailure: true, seed });
    console.info(`${verdicts.total} cases, seed ${seed}:`, verdicts.bySurface);
    expect(verdicts.total).toBeGreaterThanOrEqual(CASES);
  },
  WITHIN_MS,
);
