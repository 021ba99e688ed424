import { Module } from '@nestjs/common';
import { RouterReports } from './router-reports.ts';

/** By itself, because routes tell which routers have applied them, and routers are told of routes. */
@Module({ providers: [RouterReports], exports: [RouterReports] })
export class RouterReportsModule {}
