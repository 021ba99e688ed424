import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { ROUTER_LABEL } from '../../../src/domain/route-network.ts';
import { OPENS_WITHIN_MS, RouterBed } from '../../support/routing/router-bed.ts';

const ROUTE = { name: 'shop', hosts: ['shop.example.com'], backends: [{ service: 'shop', port: 8080 }] };

let bed: RouterBed;
beforeAll(async () => {
  bed = await RouterBed.open(inject('engine'), {
    networks: { edge: { [ROUTER_LABEL]: '' } },
    otherNetworks: ['inside'],
  });
  await bed.echoes.start('shop', { networks: ['inside'], listen: [8080] });
}, OPENS_WITHIN_MS);
afterAll(() => bed?.close(), OPENS_WITHIN_MS);

it('a route for a service that routers do not reach is refused with the fix, or attaches it and is served', async () => {
  const refused = await bed.server.rest.post('/v1/routes').send(ROUTE).expect(409);
  expect(refused.text).toContain('PUT /v1/services/shop/networks/edge');
  await bed.server.rest.post('/v1/routes?attach=true').set('Prefer', 'wait=30').send(ROUTE).expect(201);
  // Attaching replaces the task.
  await bed.echoes.running('shop', 1);
  await bed.untilApplied('shop');
  const { status, echo } = await bed.door.ask({ host: 'shop.example.com' });
  expect({ status, service: echo?.service }).toEqual({ status: 200, service: 'shop' });
  await bed.server.rest.delete('/v1/routes/shop').expect(204);
});
