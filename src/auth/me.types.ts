import { ID, ObjectType } from '@nestjs/graphql';
import { enumOf } from '../api/enums.ts';
import { Prop } from '../api/prop.ts';
import type { ResourceKind as KindName, Verb } from '../domain/access/resource-kind.ts';
import { PROOFS, type Principal, type Proof as ProofName, type Role as RoleName } from '../domain/role.ts';
import { AccessVerb, ResourceKind } from '../grants/roles.types.ts';
import { GrantScope } from '../grants/scope.types.ts';
import { Role } from './auth.types.ts';

const Proof = enumOf('Proof', PROOFS, 'How somebody has proven who they are.');

@ObjectType({ description: 'Some verbs on some kinds, for the objects of a scope.' })
export class MyRight {
  @Prop(() => [AccessVerb])
  verbs: readonly Verb[];

  @Prop(() => [ResourceKind])
  kinds: readonly KindName[];

  @Prop(() => GrantScope)
  scope: GrantScope;

  @Prop(() => String, { description: 'What gives it.', example: 'the grant "pay"' })
  through: string;
}

@ObjectType({ description: 'Who makes this request, how they have proven it, and what they may do.' })
export class Me {
  @Prop(() => ID)
  id: string;

  @Prop(() => String)
  name: string;

  @Prop(() => Role, { nullable: true, description: 'The role that they have for everything; null for none.' })
  role: RoleName | null;

  @Prop(() => Proof)
  proof: ProofName;

  @Prop(() => [String], {
    description: 'Whom grants can name to mean them: themselves, and the groups that they are in.',
  })
  subjects: readonly string[];

  @Prop(() => String, {
    nullable: true,
    description: 'RFC 3339. Until when the proof holds; null means always.',
  })
  expiresAt: string | null;

  @Prop(() => [MyRight])
  rights: readonly MyRight[];
}

/** Somebody, as they see themselves. */
export function toMe({ id, name, role, proof, subjects, expiresAt, rights }: Principal): Me {
  return {
    id,
    name,
    role,
    proof,
    subjects,
    expiresAt,
    rights: rights.bindings.flatMap(({ role: { rules }, scope, through }) =>
      rules.map(({ verbs, kinds }) => ({ verbs, kinds, scope, through })),
    ),
  };
}
