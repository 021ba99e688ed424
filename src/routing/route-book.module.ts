import { Module } from '@nestjs/common';
import { RouteBook } from './route-book.ts';
import { RouteEffects } from './route-effects.ts';
import { RouteRecords } from './route-records.ts';
import { RoutedRoutes } from './routed-routes.ts';

/** By itself, because plans of services name the routes that they touch, and routes attach services. */
@Module({
  providers: [RouteBook, RouteEffects, RouteRecords, { provide: RoutedRoutes, useExisting: RouteBook }],
  exports: [RouteBook, RouteEffects, RouteRecords, RoutedRoutes],
})
export class RouteBookModule {}
