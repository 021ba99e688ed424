import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import { ChangesWithinVersion } from '../api/etag.ts';
import { FromState } from '../api/from-state.ts';
import { fromQuery, type Page } from '../api/page.ts';
import { TasksService } from './tasks.service.ts';
import { Task, TaskList, TaskQuery } from './tasks.types.ts';

@ApiTags('Tasks')
@ChangesWithinVersion()
@Needs('view', 'task')
@Controller('v1/tasks')
export class TasksController {
  constructor(private readonly tasks: TasksService) {}

  @Get()
  @FromState()
  @Describe('Lists the tasks of the swarm', TaskList)
  list(@Query() query: TaskQuery): Page<Task> {
    return this.tasks.list(query, fromQuery(query));
  }

  @Get(':task')
  @Describe('Shows a task', Task)
  get(@Param('task') reference: string): Task {
    return this.tasks.get(reference);
  }
}
