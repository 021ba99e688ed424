import { InputType, Int, ObjectType } from '@nestjs/graphql';
import { IsNotEmpty } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { ConnectionOf, ListOf, Paged, Repeatable } from '../api/page.ts';
import { Prop } from '../api/prop.ts';
import { Ticket } from '../api/ticket.ts';
import * as domain from '../domain/names.ts';
import type { TaskState as StateName } from '../domain/task.ts';
import { TaskState } from '../tasks/tasks.types.ts';

export const NameKind = enumOf(
  'NameKind',
  domain.NAME_KINDS,
  '`vip`: a service by its virtual IP. `tasks`: the tasks of a service, each by its own address. `alias`: another name of a service. `task`: one task, by the name of its container. `container`: by a short id or a hostname. `none`: does not answer.',
);
export const SilenceKind = enumOf(
  'SilenceKind',
  domain.SILENCE_KINDS,
  '`elsewhere`: a name on other networks only. `not-placed`: tasks wait for a node. `joined-by-hand`: may be that of a container whose names only its own node knows.',
);
export const Health = enumOf(
  'Health',
  domain.HEALTHS,
  '`healthy`: has passed its health check, and not failed it since as often as it may. `unknown`: the service has none; the image may have one.',
);

@ObjectType({ description: 'An address that a name answers. A virtual IP is of a service, not of a task.' })
export class NameRecord {
  @Prop(() => String, { description: 'Plain, without a prefix length.', example: '10.0.9.3' })
  address: string;

  @Prop(() => String, { nullable: true, description: 'Null for a container that joined by hand.' })
  serviceId: string | null;

  @Prop(() => String, { nullable: true })
  serviceName: string | null;

  @Prop(() => String, { nullable: true })
  taskId: string | null;

  @Prop(() => String, { nullable: true })
  nodeId: string | null;

  @Prop(() => String, { nullable: true })
  nodeHostname: string | null;

  @Prop(() => String, { nullable: true })
  containerId: string | null;

  @Prop(() => TaskState, { nullable: true })
  state: StateName | null;

  @Prop(() => Health, { nullable: true })
  health: domain.Health | null;
}

@ObjectType({ description: 'Why a name does not answer.' })
export class Silence {
  @Prop(() => SilenceKind)
  kind: domain.SilenceKind;

  @Prop(() => String, { description: 'What is the matter, and what to do.' })
  detail: string;
}

@ObjectType({ description: 'What a name answers on a network, as Docker’s embedded DNS there does.' })
export class Resolution {
  @Prop(() => String, { description: 'The name of the network.' })
  network: string;

  @Prop(() => String)
  networkId: string;

  @Prop(() => String, { example: 'tasks.my-web' })
  name: string;

  @Prop(() => NameKind)
  kind: domain.NameKind;

  @Prop(() => [NameRecord], { description: 'In no order: Docker shuffles them for each answer.' })
  records: readonly NameRecord[];

  @Prop(() => Int, {
    nullable: true,
    description: 'How long clients may keep the answer; null when there is none.',
  })
  ttlSeconds: number | null;

  @Prop(() => Silence, { nullable: true, description: 'Why it does not answer; null when it does.' })
  reason: Silence | null;

  @Prop(() => String, {
    nullable: true,
    description:
      'Why Docker may answer otherwise all the same: what the last update changed, engines do not always follow.',
  })
  caveat: string | null;
}

@InputType({ description: 'All that are given must fit.' })
export class NameFilter {
  @Repeatable()
  @Prop(() => [NameKind], {
    optional: true,
    description: 'One of these. `none` are names that would answer if their tasks ran.',
  })
  kind?: domain.NameKind[] | null;

  @Prop(() => String, {
    optional: true,
    description: 'Answers an address of this service: an id, a unique prefix or a name.',
  })
  service?: string | null;
}

/** The query string of the list of names, and of the stream of their changes. */
export class NameQuery extends Paged(NameFilter) {
  @IsNotEmpty()
  @Prop(() => String, { description: 'An id, a unique id prefix or a name.' })
  network: string;

  @Ticket()
  ticket?: string;
}

/** The query string of a question. */
export class ResolveQuery {
  @IsNotEmpty()
  @Prop(() => String, { description: 'An id, a unique id prefix or a name.' })
  network: string;

  @Prop(() => String, {
    description: 'As a container there would ask for it, with or without `.<network>` behind it.',
    example: 'tasks.my-web',
  })
  name: string;
}

@ObjectType({ description: 'What names answer otherwise than before: 1,000 names at most at once.' })
export class NamesChange {
  @Prop(() => String, { description: 'The name of the network.' })
  network: string;

  @Prop(() => String)
  networkId: string;

  @Prop(() => [Resolution], { description: 'What they answer now.' })
  changed: readonly Resolution[];

  @Prop(() => [String], { description: 'Names that nothing has any more.' })
  gone: readonly string[];
}

export const ResolutionConnection = ConnectionOf(Resolution, 'ResolutionConnection');
export const ResolutionList = ListOf(Resolution, 'ResolutionList');

/** What a stream of changes of names looks like. */
export const NAMES_EXAMPLE = [
  'retry: 2718',
  '',
  'event: names',
  'data: {"network":"my-network","changed":[{"name":"my-web","kind":"vip","records":[…],…}],"gone":[]}',
  '',
  '',
].join('\n');
