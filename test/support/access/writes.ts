import type { Asked } from './asked.ts';
import type { ShownKind, Thing } from './world.ts';

/** So many writes are planned, and so many of each other sort. */
const WRITES = 24;
const OTHERS = 6;

type Write = 'update' | 'delete';
const WRITES_OF: Readonly<Partial<Record<ShownKind, readonly Write[]>>> = {
  network: ['delete'],
  service: ['update', 'delete'],
  node: ['update'],
  secret: ['delete'],
  config: ['delete'],
  route: ['delete'],
};
const NEW = ['network', 'secret', 'config'] as const;

/** Dry runs of writes. They are refused with 404 for what is hidden, and with 403 for what is not allowed. */
export async function askWrites(asked: Asked): Promise<void> {
  const writes = asked.things.flatMap((it) => (WRITES_OF[it.kind] ?? []).map((verb) => ({ it, verb })));
  for (const [at, { it, verb }] of asked.some(writes, WRITES).entries()) {
    const [surface, { status }] =
      at % 2 > 0
        ? ['REST write', await overRest(asked, verb, it, { note: 'x' })]
        : ['GraphQL write', await overGraphql(asked, verb, it)];
    // What is in use cannot be deleted, which is told only to who may.
    asked.note(surface, verb, it, status === 409 ? 200 : status, asked.statusFor(verb, it));
  }
  await moves(asked);
  await creates(asked);
}

/** The label that scopes an object is changed only by who may change it before and after. */
async function moves(asked: Asked): Promise<void> {
  const movable = asked.things.filter(({ kind }) => kind === 'service' || kind === 'node');
  const theirs = movable.filter((it) => asked.statusFor('update', it) === 200);
  for (const it of [...asked.some(theirs, OTHERS), ...asked.some(movable, OTHERS / 3)]) {
    const labels = { team: it.labels['team'] === 'a' ? 'b' : 'a' };
    const { status } = await overRest(asked, 'update', it, labels);
    const before = asked.statusFor('update', it);
    const isTheirs = asked.model.may('update', { ...it, labels: { ...it.labels, ...labels } });
    asked.note('REST change of a label', 'update', it, status, before === 200 && !isTheirs ? 403 : before);
  }
}

/** A new object is within a scope by its name and labels. */
async function creates(asked: Asked): Promise<void> {
  for (const [at, { name, labels: all }] of asked.some(asked.things, OTHERS).entries()) {
    const kind = NEW[at % NEW.length] ?? 'network';
    // The labels of stacks are reserved: only the policy of admission opens them.
    const labels = Object.fromEntries(Object.entries(all).filter(([key]) => !key.includes('.')));
    const it: Thing = {
      kind,
      id: '',
      name: `${name}-new`,
      calls: [`${kind}/${name}-new`],
      labels,
      hosts: [],
    };
    const content = kind === 'network' ? {} : { data: 'Zm9v' };
    const body = { name: it.name, labels, ...content };
    const { status } = await asked.subject.ask('POST', `/v1/${kind}s?dryRun=true`, body);
    asked.note('REST create', 'create', it, status, asked.model.may('create', it) ? 200 : 403);
  }
}

function overRest(
  { subject }: Asked,
  verb: Write,
  { kind, id }: Thing,
  labels: Readonly<Record<string, string>>,
): Promise<{ status: number }> {
  return verb === 'delete'
    ? subject.ask('DELETE', `/v1/${kind}s/${id}?dryRun=true`)
    : subject.ask('PATCH', `/v1/${kind}s/${id}?dryRun=true`, { labels });
}

function overGraphql({ subject }: Asked, verb: Write, { kind, id }: Thing): Promise<{ status: number }> {
  const field = `${verb}${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  return subject.graphql(
    verb === 'delete'
      ? `mutation { ${field}(id: "${id}", dryRun: true) }`
      : `mutation { ${field}(id: "${id}", input: { labels: { note: "x" } }, dryRun: true) { id } }`,
  );
}
