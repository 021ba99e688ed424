import { InputType, ObjectType } from '@nestjs/graphql';
import { ArrayMaxSize, Length } from 'class-validator';
import { Prop } from '../api/prop.ts';
import { InputPipe } from '../api/validation.pipe.ts';
import * as domain from '../domain/access/scope.ts';

const MAX_PARTS = 100;
const MAX_TEXT = 512;
const pipe = new InputPipe();

const ABOUT = {
  all: 'Everything there is, also what is one for the whole swarm. Then nothing else is said.',
  stacks: 'Objects of these stacks, by the label that `docker stack deploy` gives.',
  labels:
    'Objects with one of these labels: `team=pay`, `team`, or several that go together: `team=pay,tier`.',
  names: 'A kind and a name or id: `network/edge`, `secret/pay-*`. A service has its tasks and logs with it.',
  hosts: 'Hosts of routes and certificates: `shop.example.com`, or `*.pay.corp` for all names below.',
  ports: 'Published ports: `8080`, `8000-8099`.',
} as const;

@ObjectType({ description: 'Which objects rights are for: those that any of these fits.' })
export class GrantScope implements domain.Scope {
  @Prop(() => Boolean, { description: ABOUT.all })
  all: boolean;

  @Prop(() => [String], { description: ABOUT.stacks })
  stacks: readonly string[];

  @Prop(() => [String], { description: ABOUT.labels })
  labels: readonly string[];

  @Prop(() => [String], { description: ABOUT.names })
  names: readonly string[];

  @Prop(() => [String], { description: ABOUT.hosts })
  hosts: readonly string[];

  @Prop(() => [String], { description: ABOUT.ports })
  ports: readonly string[];
}

/** Some texts of a scope. */
function Texts(description: string, example: readonly string[]): PropertyDecorator {
  const decorators = [
    Prop(() => [String], { optional: true, description, example }),
    ArrayMaxSize(MAX_PARTS),
    Length(1, MAX_TEXT, { each: true }),
  ];
  return (target, property) => {
    for (const decorator of decorators) decorator(target, property);
  };
}

@InputType({ description: 'Which objects rights are for: those that any of these fits.' })
export class GrantScopeInput {
  @Prop(() => Boolean, { optional: true, description: ABOUT.all })
  all?: boolean | null;

  @Texts(ABOUT.stacks, ['pay'])
  stacks?: string[] | null;

  @Texts(ABOUT.labels, ['team=pay'])
  labels?: string[] | null;

  @Texts(ABOUT.names, ['network/edge'])
  names?: string[] | null;

  @Texts(ABOUT.hosts, ['*.pay.corp'])
  hosts?: string[] | null;

  @Texts(ABOUT.ports, ['8000-8099'])
  ports?: string[] | null;
}

/** What a client says as a scope. Fails `invalid` for one that means nothing. */
export function scopeFrom({ all, ...texts }: GrantScopeInput): domain.Scope {
  const given = Object.entries(texts).filter(([, value]) => value !== null && value !== undefined);
  return domain.scopeFrom({ all: all ?? false, ...Object.fromEntries(given) });
}

/** A scope out of a document that anybody may have written. Fails `invalid`. */
export function readScope(kept: unknown): domain.Scope {
  return scopeFrom(pipe.transform(kept, { type: 'body', metatype: GrantScopeInput }) as GrantScopeInput);
}
