import { Injectable } from '@nestjs/common';
import { toJson } from '../api/json.ts';
import type { Change, ObjectOf } from '../domain/change.ts';
import { toNetwork } from '../networks/networks.types.ts';
import { ServicesService } from '../services/services.service.ts';
import { TasksService } from '../tasks/tasks.service.ts';
import type { EventKind } from './event-kinds.ts';

type Views = { readonly [K in EventKind]: (object: ObjectOf[K]) => unknown };

const NULL = Buffer.from('null');
const END = Buffer.from('}');

/** Changes as JSON, with the objects as REST shows them. The bytes of an object are made once for all subscribers. */
@Injectable()
export class EventViews {
  private readonly views: Views;

  constructor(tasks: TasksService, services: ServicesService) {
    this.views = {
      task: (task) => tasks.view(task),
      service: (service) => services.view(service),
      network: toNetwork,
      node: (node) => node,
    };
  }

  /** `{"type":"UPDATED","kind":"task","object":{…},"previous":{…}|null}`, on one line, in UTF-8. */
  json({ type, kind, object, previous }: Change<EventKind>): Buffer {
    return Buffer.concat([
      Buffer.from(`{"type":"${type}","kind":"${kind}","object":`),
      toJson(this.views[kind](object as never)),
      Buffer.from(',"previous":'),
      previous === null ? NULL : toJson(this.views[kind](previous as never)),
      END,
    ]);
  }
}
