import { InputType, Int } from '@nestjs/graphql';
import { enumOf } from '../../../src/api/enums.ts';
import { Integer, Prop } from '../../../src/api/prop.ts';
import { StringMapScalar } from '../../../src/api/string-map.ts';

export const SampleMode = enumOf('SampleMode', ['plain', 'two-words'], 'For tests.');

@InputType()
export class SamplePart {
  @Prop(() => Int)
  size: number;

  @Prop(() => [String], { optional: true })
  tags?: string[] | null;
}

/** An input with a property of every type that `Prop` knows. */
@InputType()
export class SampleInput {
  @Prop(() => String, { description: 'Its name.', example: 'a' })
  name: string;

  @Prop(() => Boolean, { optional: true })
  flag?: boolean | null;

  @Prop(() => Integer, { optional: true })
  bytes?: number | null;

  @Prop(() => SampleMode, { optional: true })
  mode?: string | null;

  @Prop(() => [SampleMode], { optional: true })
  modes?: string[] | null;

  @Prop(() => StringMapScalar, { optional: true })
  labels?: Record<string, string | null> | null;

  @Prop(() => SamplePart, { optional: true })
  part?: SamplePart | null;

  @Prop(() => [SamplePart], { optional: true })
  parts?: SamplePart[] | null;
}
