import { Field, InputType, ObjectType, type ReturnTypeFunc } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { Prop } from '../api/prop.ts';
import { Network } from '../networks/networks.types.ts';
import { Node } from '../nodes/nodes.types.ts';
import { Service } from '../services/services.types.ts';
import { Task } from '../tasks/tasks.types.ts';
import type { ChangeType as DomainChangeType } from '../domain/change.ts';

export const ChangeType = enumOf(
  'ChangeType',
  ['ADDED', 'UPDATED', 'REMOVED'],
  'What happened to the object.',
);

type Class<T> = abstract new (...args: never[]) => T;

function ChangeOf<T>(item: Class<T>, name: string) {
  @ObjectType(name)
  class ObjectChange {
    @Field(() => ChangeType)
    type: DomainChangeType;

    @Field((() => item) as ReturnTypeFunc, {
      description: 'The object after the change; as it last was, when it is gone.',
    })
    object: T;

    @Field((() => item) as ReturnTypeFunc, {
      nullable: true,
      description: 'The object before the change; null when it is new.',
    })
    previous: T | null;
  }
  return ObjectChange;
}

export const TaskChange = ChangeOf(Task, 'TaskChange');
export const ServiceChange = ChangeOf(Service, 'ServiceChange');
export const NetworkChange = ChangeOf(Network, 'NetworkChange');
export const NodeChange = ChangeOf(Node, 'NodeChange');

/** A change as clients see it. */
export interface ObjectChange<T> {
  readonly type: DomainChangeType;
  readonly object: T;
  readonly previous: T | null;
}

@InputType({
  description: 'References take an id, a unique id prefix or a name, and must mean something now.',
})
export class ServiceChangeFilter {
  @Prop(() => String, { optional: true })
  service?: string | null;

  @Prop(() => String, { optional: true, description: 'Attached to it.' })
  network?: string | null;
}

@InputType({
  description: 'References take an id, a unique id prefix or a name, and must mean something now.',
})
export class NetworkChangeFilter {
  @Prop(() => String, { optional: true })
  network?: string | null;
}

@InputType({
  description: 'References take an id, a unique id prefix or a name, and must mean something now.',
})
export class NodeChangeFilter {
  @Prop(() => String, { optional: true })
  node?: string | null;
}
