import { Module } from '@nestjs/common';
import { ApiModule } from '../api/api.module.ts';
import { ServicesModule } from '../services/services.module.ts';
import { TasksModule } from '../tasks/tasks.module.ts';
import { ChangeStream } from './change-stream.ts';
import { EventFilter } from './event-filter.ts';
import { EventGroups } from './event-groups.ts';
import { EventHistory } from './event-history.ts';
import { EventStreams } from './event-streams.ts';
import { EventViews } from './event-views.ts';
import { EventsController } from './events.controller.ts';
import { StreamSettings } from './stream-settings.ts';

@Module({
  imports: [ApiModule, ServicesModule, TasksModule],
  controllers: [EventsController],
  providers: [ChangeStream, EventFilter, EventGroups, EventHistory, EventStreams, EventViews, StreamSettings],
  exports: [ChangeStream, StreamSettings],
})
export class EventsModule {}
