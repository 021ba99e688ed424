import { Injectable } from '@nestjs/common';
import { eventBytes } from '../api/event-stream.ts';
import { toJson } from '../api/json.ts';
import type { Change, ObjectOf } from '../domain/change.ts';
import { toNetwork } from '../networks/networks.types.ts';
import { toNode } from '../nodes/nodes.types.ts';
import { ServicesService } from '../services/services.service.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import type { ChangeEvent } from './change-event.ts';
import type { EventKind } from './event-kinds.ts';

type Views = { readonly [K in EventKind]: (object: ObjectOf[K]) => unknown };

const NULL = Buffer.from('null');
const END = Buffer.from('}');

/** Changes as bytes, with the objects as REST shows them; made once for all subscribers. */
@Injectable()
export class EventViews {
  private readonly views: Views;

  constructor(tasks: TasksService, services: ServicesService) {
    this.views = {
      task: (task) => tasks.view(task),
      service: (service) => services.view(service),
      network: toNetwork,
      node: toNode,
    };
  }

  /** A change as a server-sent event with this id, in UTF-8. Made once, with the objects as they are the first time. */
  bytes(event: ChangeEvent<EventKind>, id: string): Buffer {
    const { type, kind } = event.change;
    return (event.bytes ??= eventBytes(`${kind}.${type.toLowerCase()}`, this.json(event.change), id));
  }

  /** `{"type":"UPDATED","kind":"task","object":{…},"previous":{…}|null}`, on one line, in UTF-8. */
  private json({ type, kind, object, previous }: Change<EventKind>): Buffer {
    return Buffer.concat([
      Buffer.from(`{"type":"${type}","kind":"${kind}","object":`),
      toJson(this.views[kind](object as never)),
      Buffer.from(',"previous":'),
      previous === null ? NULL : toJson(this.views[kind](previous as never)),
      END,
    ]);
  }
}
