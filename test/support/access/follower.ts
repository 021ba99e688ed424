import { EventReader } from '../event-stream.ts';
import type { Subscription } from '../subscription.ts';
import type { Surface } from '../surface.ts';

export const FOLLOWED = ['task', 'node', 'service', 'network'] as const;
export type Followed = (typeof FOLLOWED)[number];

type Type = 'ADDED' | 'UPDATED' | 'REMOVED';
type Message = Readonly<Record<string, { readonly type: Type; readonly object: { readonly id: string } }>>;

/** What somebody was told of objects, by their ids: the types of the changes, in their order. */
export type Told = ReadonlyMap<string, readonly Type[]>;

/** Somebody who follows the changes of all kinds, by server-sent events and by subscriptions. */
export class Follower {
  private constructor(
    private readonly events: EventReader,
    private readonly subscriptions: Readonly<Record<Followed, Subscription<Message>>>,
  ) {}

  static async start(surface: Surface, token: string): Promise<Follower> {
    const events = await EventReader.open(`http://${surface.address}/v1/events`, {
      Authorization: `Bearer ${token}`,
    });
    const subscribed: [Followed, Subscription<Message>][] = [];
    for (const kind of FOLLOWED) {
      const document = `subscription { ${kind}Changed(initial: true) { type object { id } } }`;
      subscribed.push([kind, await surface.subscribe<Message>(document, {}, token)]);
    }
    return new Follower(events, Object.fromEntries(subscribed) as Follower['subscriptions']);
  }

  /** The next so many changes of a kind, by subscription. */
  async next(kind: Followed, count: number): Promise<Told> {
    const told: Change[] = [];
    for (let at = 0; at < count; at++) told.push(changeOf(await this.subscriptions[kind].next()));
    return collected(told);
  }

  /** All further changes of a kind up to one of an object, by subscription. */
  async untilTold(kind: Followed, id: string): Promise<Told> {
    const told = await this.subscriptions[kind].until((message) => changeOf(message).id === id);
    return collected(told.map(changeOf));
  }

  /** All events up to one of an object. */
  async untilEvent(id: string): Promise<Told> {
    const told = await this.events.until(({ object }) => object.id === id);
    return collected(told.map(({ type, object }) => ({ type, id: object.id })));
  }

  async close(): Promise<void> {
    this.events.close();
    await Promise.all(Object.values(this.subscriptions).map((subscription) => subscription.close()));
  }
}

interface Change {
  readonly type: Type;
  readonly id: string;
}

function changeOf(message: Message): Change {
  const [change] = Object.values(message);
  if (!change) throw new Error('A message of a subscription has no field.');
  return { type: change.type, id: change.object.id };
}

function collected(changes: readonly Change[]): Told {
  const told = new Map<string, Type[]>();
  for (const { id, type } of changes) told.set(id, [...(told.get(id) ?? []), type]);
  return told;
}
