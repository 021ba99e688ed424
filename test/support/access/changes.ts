import type { Asked } from './asked.ts';
import { Follower, FOLLOWED, type Followed } from './follower.ts';
import { SENTINEL, type Thing, type World } from './world.ts';

type Labels = Thing['labels'];

/**
 * All objects are written anew, with other labels, and everybody is told of those that they see, or saw. The sentinels
 * come last and keep their labels: everybody must see them, to know that all has been told.
 */
export async function askChanges(
  world: World,
  everybody: readonly Asked[],
  labels: readonly Labels[],
): Promise<void> {
  const things = everybody[0]?.things ?? [];
  const after = new Map(
    things.map((it, at): [string, Labels] => [
      it.id,
      it.name === SENTINEL ? it.labels : (labels[at % labels.length] ?? {}),
    ]),
  );
  const touch = (labelsOf: (it: Thing) => Labels): void => {
    for (const kind of FOLLOWED) {
      world.touch(kind, new Map(ofKind(things, kind).map((it) => [it.id, labelsOf(it)])));
    }
  };
  const followers: [Asked, Follower][] = [];
  for (const asked of everybody) {
    followers.push([asked, await Follower.start(world.surface, asked.subject.token)]);
  }
  for (const [asked, follower] of followers) await noteInitial(asked, follower);
  touch(({ id }) => after.get(id) ?? {});
  for (const [asked, follower] of followers) await noteChanges(asked, follower, after);
  await Promise.all(followers.map(([, follower]) => follower.close()));
  touch((it) => it.labels);
}

async function noteInitial({ model, note, things }: Asked, follower: Follower): Promise<void> {
  for (const kind of FOLLOWED) {
    const all = ofKind(things, kind);
    const told = await follower.next(kind, all.filter((it) => model.may('view', it)).length);
    for (const it of all) {
      note('WebSocket, initial', 'view', it, told.get(it.id) ?? [], model.may('view', it) ? ['ADDED'] : []);
    }
  }
}

async function noteChanges(
  { model, note, things }: Asked,
  follower: Follower,
  after: ReadonlyMap<string, Labels>,
): Promise<void> {
  const events = await follower.untilEvent(sentinelOf(things, 'network').id);
  for (const kind of FOLLOWED) {
    const told = await follower.untilTold(kind, sentinelOf(things, kind).id);
    for (const it of ofKind(things, kind)) {
      // Tasks are written first, while their services have the labels that they had.
      const next = kind === 'task' ? it : { ...it, labels: after.get(it.id) ?? {} };
      const [saw, sees] = [model.may('view', it), model.may('view', next)];
      const expected = saw ? [sees ? 'UPDATED' : 'REMOVED'] : sees ? ['ADDED'] : [];
      note('WebSocket, change', 'view', it, told.get(it.id) ?? [], expected);
      note('SSE, change', 'view', it, events.get(it.id) ?? [], expected);
    }
  }
}

/** Of a kind, that of which everybody is told last. */
function ofKind(things: readonly Thing[], kind: Followed): Thing[] {
  const [last, others] = [true, false].map((isLast) =>
    things.filter((it) => it.kind === kind && (it.name === SENTINEL) === isLast),
  );
  return [...(others ?? []), ...(last ?? [])];
}

const sentinelOf = (things: readonly Thing[], kind: Followed): Thing => ofKind(things, kind).at(-1) as Thing;
