import { ApiProperty } from '@nestjs/swagger';
import { IsArray, IsIn, IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { NumberInQuery, Repeatable } from '../api/page.ts';
import type { StringMap } from '../domain/object.ts';
import { TASK_STATES, type TaskState } from '../domain/task.ts';

/** Prometheus' own default. */
export const DEFAULT_PORT = 80;
export const TARGET_WAYS = ['overlay', 'host'] as const;
export type TargetWay = (typeof TARGET_WAYS)[number];

/** The query string of Prometheus' targets. All filters that are given must fit. */
export class TargetQuery {
  @ApiProperty({
    required: false,
    enum: TARGET_WAYS,
    default: 'overlay',
    description:
      'How Prometheus reaches the tasks. `overlay`: it is on their networks itself, as a service, and gets their addresses there. `host`: it is anywhere, and gets the ports that they publish in host mode at the addresses of their nodes.',
  })
  @IsOptional()
  @IsIn(TARGET_WAYS)
  via?: TargetWay;

  @ApiProperty({ required: false, type: String, description: 'An id, a unique prefix or a name.' })
  @IsOptional()
  @IsString()
  service?: string;

  @ApiProperty({
    required: false,
    type: String,
    description:
      'Tasks on this network, and of their addresses those there: an id, a unique prefix or a name.',
  })
  @IsOptional()
  @IsString()
  network?: string;

  @ApiProperty({ required: false, type: String, description: 'An id, a unique prefix or a hostname.' })
  @IsOptional()
  @IsString()
  node?: string;

  @ApiProperty({ required: false, type: String, description: 'Services that this stack has deployed.' })
  @IsOptional()
  @IsString()
  stack?: string;

  @ApiProperty({
    required: false,
    type: [String],
    example: ['prometheus-job'],
    description: 'Services with this label, `key` or `key=value`; all of them must fit.',
  })
  @IsOptional()
  @Repeatable()
  @IsArray()
  @IsString({ each: true })
  label?: string[];

  @ApiProperty({ required: false, enum: TASK_STATES, isArray: true, description: 'One of these.' })
  @IsOptional()
  @Repeatable()
  @IsArray()
  @IsIn(TASK_STATES, { each: true })
  state?: TaskState[];

  @ApiProperty({
    required: false,
    type: 'integer',
    minimum: 1,
    maximum: 65_535,
    default: DEFAULT_PORT,
    description:
      'The port of services that name none, neither by the label prometheus-port nor by publishing one.',
  })
  @IsOptional()
  @NumberInQuery()
  @IsInt()
  @Min(1)
  @Max(65_535)
  port?: number;
}

/** A target as Prometheus' HTTP service discovery has it. */
export class TargetGroup {
  @ApiProperty({ type: [String], description: 'One address.', example: ['10.0.9.3:9100'] })
  targets: readonly string[];

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: {
      __meta_dockerswarm_service_name: 'my-web',
      __meta_dockerswarm_task_id: 'a1b2c3d4e5f6g7h8i9j0k1l2m',
    },
  })
  labels: StringMap;
}
