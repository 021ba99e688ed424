import { applyDecorators } from '@nestjs/common';
import { Field, InputType, ObjectType, type ReturnTypeFunc } from '@nestjs/graphql';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsArray, IsIn, IsOptional, IsString } from 'class-validator';
import { enumOf } from '../api/enums.ts';
import { Prop } from '../api/prop.ts';
import { Network } from '../networks/networks.types.ts';
import { Node } from '../nodes/nodes.types.ts';
import { Service } from '../services/services.types.ts';
import { Task } from '../tasks/tasks.types.ts';
import { EVENT_KINDS, type EventKind } from './event-kinds.ts';
import type { ChangeType as DomainChangeType } from '../domain/change.ts';

export const ChangeType = enumOf(
  'ChangeType',
  ['ADDED', 'UPDATED', 'REMOVED'],
  'What happened to the object.',
);

type Class<T> = abstract new (...args: never[]) => T;

/** Makes the GraphQL type of the changes of a class. */
export function ChangeOf<T>(item: Class<T>, name: string) {
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

const asList = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' ? value.split(',').map((kind) => kind.trim()) : value;

const reference = (description: string): PropertyDecorator =>
  applyDecorators(ApiProperty({ required: false, type: String, description }), IsOptional(), IsString());

/** The query string of a stream of events. References take an id, a unique id prefix or a name. */
export class EventQuery {
  @ApiProperty({
    required: false,
    enum: EVENT_KINDS,
    isArray: true,
    style: 'form',
    explode: false,
    description: 'Separated by commas; all of them when left out.',
  } as ApiPropertyOptions)
  @Transform(asList)
  @IsOptional()
  @IsArray()
  @IsIn(EVENT_KINDS, { each: true })
  kinds?: EventKind[];

  @reference('Only this service and its tasks.')
  service?: string;

  @reference('Only this network, the services on it, and their tasks once they have an address there.')
  network?: string;

  @reference('Only this node and its tasks.')
  node?: string;

  @reference('For clients that cannot send the header `Last-Event-ID`, which goes before it.')
  lastEventId?: string;

  @reference(
    'From POST /v1/events/ticket, for browsers: their EventSource cannot send the header Authorization.',
  )
  ticket?: string;
}

/** What a stream of events looks like. */
export const EVENT_EXAMPLE = [
  'retry: 2718',
  'id: 3q2-7wAB.41',
  '',
  'id: 3q2-7wAB.42',
  'event: task.updated',
  'data: {"type":"UPDATED","kind":"task","object":{…},"previous":{…}}',
  '',
  '',
].join('\n');

/** A ticket for one stream of events. */
export class EventTicket {
  @ApiProperty({ type: String, description: 'For `GET /v1/events?ticket=`, once, on this server.' })
  ticket: string;

  @ApiProperty({ type: String, description: 'RFC 3339; a minute from now.' })
  expiresAt: string;
}
