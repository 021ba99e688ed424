import { ID, InputType, ObjectType } from '@nestjs/graphql';
import { ConnectionOf, ListOf, Paged, Repeatable } from '../api/page.ts';
import { Integer, Prop } from '../api/prop.ts';
import { StringMapScalar } from '../api/string-map.ts';
import type { StringMap } from '../domain/object.ts';

@ObjectType({ description: 'A secret of the swarm. What is in it is never shown.' })
export class Secret {
  @Prop(() => ID)
  id: string;

  @Prop(() => Integer, { description: "Swarm's version index; the ETag." })
  version: number;

  @Prop(() => String)
  name: string;

  @Prop(() => StringMapScalar)
  labels: StringMap;

  @Prop(() => String, {
    nullable: true,
    description: 'What fills in the placeholders in it, for each task; null for nothing.',
  })
  templating: string | null;

  @Prop(() => String, { description: 'RFC 3339.' })
  createdAt: string;

  @Prop(() => String, { description: 'RFC 3339.' })
  updatedAt: string;
}

@ObjectType({ description: 'A config of the swarm. Those that Swarmplane keeps for itself are not shown.' })
export class Config extends Secret {
  @Prop(() => String, { description: 'Base64.' })
  data: string;
}

@InputType({ isAbstract: true })
export abstract class CreateStoredFileInput {
  @Prop(() => String, { description: 'It cannot be changed later, nor can what is in it.' })
  name: string;

  @Prop(() => StringMapScalar, { optional: true })
  labels?: StringMap | null;

  @Prop(() => String, { optional: true, description: 'Base64; up to 500 KiB. Give this or `text`.' })
  data?: string | null;

  @Prop(() => String, { optional: true, description: 'The same as text, to be kept as UTF-8.' })
  text?: string | null;

  @Prop(() => String, {
    optional: true,
    description: '`golang` lets Swarm fill in placeholders for each task; nothing when left out.',
  })
  templating?: string | null;
}

@InputType()
export class CreateSecretInput extends CreateStoredFileInput {}

@InputType()
export class CreateConfigInput extends CreateStoredFileInput {}

@InputType({ description: 'All that are given must fit.' })
export class StoredFileFilter {
  @Prop(() => String, { optional: true, description: 'The exact name.' })
  name?: string | null;

  @Repeatable()
  @Prop(() => [String], { optional: true, description: '`key` or `key=value`; all of them must fit.' })
  label?: string[] | null;
}

export class StoredFileQuery extends Paged(StoredFileFilter) {}
export const SecretConnection = ConnectionOf(Secret, 'SecretConnection');
export const SecretList = ListOf(Secret, 'SecretList');
export const ConfigConnection = ConnectionOf(Config, 'ConfigConnection');
export const ConfigList = ListOf(Config, 'ConfigList');
