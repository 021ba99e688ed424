import type { CreatedToken } from '../../src/auth/auth.types.ts';
import type { RoleRule } from '../../src/domain/access/access-role.ts';
import type { Scope } from '../../src/domain/access/scope.ts';
import type { Grant } from '../../src/grants/grants.types.ts';
import { bodyOf, type Rest, type Surface } from './surface.ts';

/** Somebody who may do what grants say, and nothing by what they are. */
export interface Member {
  readonly id: string;
  readonly token: string;
  readonly rest: Rest;
}

/** Makes a token that has no role. */
export async function member(surface: Surface, name = 'member'): Promise<Member> {
  const response = await surface.rest.post('/v1/tokens').send({ name }).expect(201);
  const { id, token } = bodyOf<CreatedToken>(response);
  return { id, token, rest: surface.as(token) };
}

/** Makes a role. */
export async function makeRole(surface: Surface, name: string, ...rules: RoleRule[]): Promise<void> {
  await surface.rest.post('/v1/access/roles').send({ name, rules }).expect(201);
}

/** Grants somebody a role. */
export async function grant(
  surface: Surface,
  name: string,
  { id }: Pick<Member, 'id'>,
  role: string,
  scope: Partial<Scope> = { all: true },
): Promise<Grant> {
  const input = { name, subject: { token: id }, role, scope };
  return bodyOf<Grant>(await surface.rest.post('/v1/access/grants').send(input).expect(201));
}
