import { ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { ConnectionOf, ListOf, NumberInQuery, Paged } from '../api/page.ts';
import { Prop } from '../api/prop.ts';
import { PORT_CONFLICTS, PORT_WARNINGS } from '../domain/cluster-port.ts';
import type * as domain from '../domain/cluster-port.ts';
import type { PortProtocol as ProtocolName, PublishMode as ModeName } from '../domain/service.ts';
import type { TaskState as StateName } from '../domain/task.ts';
import { PortProtocol, PublishMode } from '../services/services.types.ts';
import { TaskState } from '../tasks/tasks.types.ts';

export const PortConflictKind = enumOf(
  'PortConflictKind',
  PORT_CONFLICTS,
  'Swarm itself needs the port; another service publishes it, too; or tasks wait because others have it on every node.',
);
export const PortWarningKind = enumOf(
  'PortWarningKind',
  PORT_WARNINGS,
  'The service does not see its clients’ addresses; more tasks than nodes; other services have the port on their nodes; updates will wait for ever.',
);

@ObjectType({ description: 'Why a port does not do what was asked for.' })
export class PortConflict {
  @Prop(() => PortConflictKind)
  kind: domain.PortConflictKind;

  @Prop(() => String, { nullable: true, description: 'The other service; null where it is Swarm itself.' })
  serviceId: string | null;

  @Prop(() => String, { nullable: true })
  serviceName: string | null;

  @Prop(() => String, { description: 'What is wrong, and what to do.' })
  detail: string;
}

@ObjectType({ description: 'What may surprise about a port.' })
export class PortWarning {
  @Prop(() => PortWarningKind)
  kind: domain.PortWarningKind;

  @Prop(() => String, { description: 'What it is, and what to use instead.' })
  detail: string;
}

@ObjectType({ description: 'A task that has a port in host mode, or is to have it.' })
export class PortTask {
  @Prop(() => String)
  taskId: string;

  @Prop(() => Int, {
    nullable: true,
    description: 'The port on its node. Null until it is open, where the node chooses one.',
  })
  publishedPort: number | null;

  @Prop(() => String, { nullable: true, description: 'Null while the task waits for a node.' })
  nodeId: string | null;

  @Prop(() => String, { nullable: true })
  nodeHostname: string | null;

  @Prop(() => TaskState)
  state: StateName;

  @Prop(() => String, { nullable: true, description: 'Why it waits, or has failed.' })
  error: string | null;
}

@ObjectType({ description: 'A port that a service publishes, as the whole swarm sees it.' })
export class Port {
  @Prop(() => Int, {
    nullable: true,
    description:
      'The port outside. Null in host mode where each node chooses one (see `tasks`), and until Swarm has chosen.',
  })
  publishedPort: number | null;

  @Prop(() => PortProtocol)
  protocol: ProtocolName;

  @Prop(() => PublishMode)
  publishMode: ModeName;

  @Prop(() => Int, { description: 'The port in the container.' })
  targetPort: number;

  @Prop(() => ID)
  serviceId: string;

  @Prop(() => String)
  serviceName: string;

  @Prop(() => Boolean, {
    description: 'Whether every node answers on it, as in ingress mode; otherwise only those of `tasks`.',
  })
  onEveryNode: boolean;

  @Prop(() => [PortTask], { description: 'In host mode, the tasks that have it or are to have it.' })
  tasks: readonly PortTask[];

  @Prop(() => [PortConflict])
  conflicts: readonly PortConflict[];

  @Prop(() => [PortWarning])
  warnings: readonly PortWarning[];
}

@InputType({ description: 'All that are given must fit.' })
export class PortFilter {
  @Prop(() => String, { optional: true, description: 'Of this service: an id, a unique prefix or a name.' })
  service?: string | null;

  @Prop(() => String, {
    optional: true,
    description: 'Open on this node, or to be: an id, a unique prefix or a hostname.',
  })
  node?: string | null;

  @Prop(() => PublishMode, { optional: true })
  publishMode?: ModeName | null;

  @Prop(() => PortProtocol, { optional: true })
  protocol?: ProtocolName | null;

  @NumberInQuery()
  @Prop(() => Int, { optional: true, description: 'The port outside.' })
  port?: number | null;
}

export class PortQuery extends Paged(PortFilter) {}
export const PortConnection = ConnectionOf(Port, 'PortConnection');
export const PortList = ListOf(Port, 'PortList');
