import type { Asked } from './asked.ts';
import { SHOWN_KINDS, type ShownKind, type Thing } from './world.ts';

/** So many objects are asked for one by one, and of so many of a kind what is below them. */
const ASKED = 14;
const PARTS = 3;

/** What hangs on an object in GraphQL. */
const NESTED: Readonly<Partial<Record<ShownKind, string>>> = {
  network: 'services { id } tasks { id }',
  service: 'tasks { id } networks { network { id } } routes { id }',
  task: 'service { id } node { id }',
  node: 'tasks { id }',
};

interface Node {
  readonly id: string;
  readonly [field: string]: unknown;
}
interface Connection {
  readonly totalCount: number;
  readonly nodes: readonly Node[];
}

/** All reads of REST and GraphQL. */
export async function askReads(asked: Asked): Promise<void> {
  await lists(asked);
  await graph(asked);
  await oneByOne(asked);
  await partsOf(asked);
}

async function lists(asked: Asked): Promise<void> {
  for (const kind of SHOWN_KINDS) {
    const { status, body } = await asked.subject.ask('GET', `/v1/${kind}s?limit=1000`);
    const { items = [], total = 0 } = body as { items?: Node[]; total?: number };
    asked.check(`REST list of ${kind}s`, status, asked.model.mayAny('view', kind) ? 200 : 403);
    noteList(asked, 'REST list', thingsOf(asked, kind), items, total);
  }
}

async function graph(asked: Asked): Promise<void> {
  const kinds = SHOWN_KINDS.filter((kind) => asked.model.mayAny('view', kind));
  const fields = kinds.map(
    (kind) => `${kind}s(first: 1000) { totalCount nodes { id ${NESTED[kind] ?? ''} } }`,
  );
  const { data } = await asked.subject.graphql<Record<string, Connection>>(
    `{ me { id } ${fields.join(' ')} }`,
  );
  for (const kind of kinds) {
    const { nodes, totalCount } = data?.[`${kind}s`] ?? { nodes: [], totalCount: -1 };
    noteList(asked, 'GraphQL list', thingsOf(asked, kind), nodes, totalCount);
    for (const node of nodes) noteNested(asked, node);
  }
  for (const kind of SHOWN_KINDS.filter((one) => !kinds.includes(one))) {
    const { status } = await asked.subject.graphql(`{ ${kind}s { totalCount } }`);
    asked.check(`GraphQL list of ${kind}s`, status, 403);
  }
}

async function oneByOne(asked: Asked): Promise<void> {
  for (const [at, it] of asked.some(asked.things, ASKED).entries()) {
    const reference = at % 4 > 1 && it.kind !== 'task' ? it.name : it.id;
    const [surface, { status }] =
      at % 2 > 0
        ? ['REST by id', await asked.subject.ask('GET', `/v1/${it.kind}s/${reference}`)]
        : ['GraphQL by id', await asked.subject.graphql(`{ ${it.kind}(id: "${reference}") { id } }`)];
    asked.note(surface, 'view', it, status, asked.statusFor('view', it));
  }
}

/** What has a path below that of an object. */
async function partsOf(asked: Asked): Promise<void> {
  const { subject, model } = asked;
  for (const it of asked.some(thingsOf(asked, 'service'), PARTS)) {
    const { status, body } = await subject.ask('GET', `/v1/services/${it.id}/tasks?limit=1000`);
    const found = model.may('view', it) ? 200 : 404;
    asked.note('REST tasks of a service', 'view', it, status, model.mayAny('view', 'task') ? found : 403);
    if (status === 200) {
      const { items, total } = body as unknown as { items: Node[]; total: number };
      noteList(asked, 'REST tasks of a service', related(asked, it.id, 'tasks'), items, total);
    }
    const rollout = await subject.ask('GET', `/v1/services/${it.id}/rollout`);
    asked.note('REST rollout', 'view', it, rollout.status, asked.statusFor('view', it));
    const logs = await subject.ask('GET', `/v1/services/${it.id}/logs`);
    const mayRead = model.may('view', { ...it, kind: 'log' });
    const expected = found === 200 && !mayRead ? 403 : found;
    asked.note('REST logs', 'view', it, logs.status, model.mayAny('view', 'log') ? expected : 403);
  }
  for (const it of asked.some(thingsOf(asked, 'network'), PARTS)) {
    for (const path of [`networks/${it.id}/addresses`, `discovery/names?network=${it.name}`]) {
      const { status } = await subject.ask('GET', `/v1/${path}`);
      asked.note('REST parts of a network', 'view', it, status, asked.statusFor('view', it));
    }
  }
}

const thingsOf = ({ things }: Asked, kind: ShownKind): Thing[] => things.filter((it) => it.kind === kind);

const related = ({ things, relations }: Asked, id: string, field: string): Thing[] =>
  things.filter((it) => relations.get(`${id} ${field}`)?.has(it.id));

/** Each is listed or not, nothing else is, and what is counted is what is listed. */
function noteList(
  asked: Asked,
  surface: string,
  things: readonly Thing[],
  nodes: readonly Node[],
  total: number,
): void {
  const ids = new Set(nodes.map(({ id }) => id));
  for (const it of things) asked.note(surface, 'view', it, ids.delete(it.id), asked.model.may('view', it));
  const count = things.filter((it) => asked.model.may('view', it)).length;
  asked.check(`${surface}, counted and others`, [total, [...ids]], [count, []]);
}

/** What hangs on an object is shown to who may see it itself. */
function noteNested(asked: Asked, { id, ...fields }: Node): void {
  for (const [field, value] of Object.entries(fields)) {
    const shown = new Set([value].flat().map((one) => nodeOf(one)?.id));
    for (const it of related(asked, id, field)) {
      asked.note('GraphQL nested', 'view', it, shown.delete(it.id), asked.model.may('view', it));
    }
    shown.delete(undefined);
    asked.check(`GraphQL nested, others than ${field} of ${id}`, [...shown], []);
  }
}

/** An object that hangs on another, or on what stands between them. */
function nodeOf(value: unknown): Node | null {
  const between = value as { network?: Node | null } | Node | null;
  return between && 'network' in between ? (between.network as Node | null) : (between as Node | null);
}
