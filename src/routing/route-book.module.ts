import { Module } from '@nestjs/common';
import { RouteBook } from './route-book.ts';
import { RouteEffects } from './route-effects.ts';
import { RouteRecords } from './route-records.ts';
import { RouteSight } from './route-sight.ts';
import { RoutedRoutes } from './routed-routes.ts';

/** By itself, because plans of services name the routes that they touch, and routes attach services. */
@Module({
  providers: [
    RouteBook,
    RouteEffects,
    RouteRecords,
    RouteSight,
    { provide: RoutedRoutes, useExisting: RouteBook },
  ],
  exports: [RouteBook, RouteEffects, RouteRecords, RouteSight, RoutedRoutes],
})
export class RouteBookModule {}
