import { Controller, Module, Post, Body } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  Args,
  Field,
  GraphQLSchemaBuilderModule,
  GraphQLSchemaFactory,
  ObjectType,
  Query,
  Resolver,
} from '@nestjs/graphql';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { printType } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { Prop } from '../../../src/api/prop.ts';
import { StringMapScalar } from '../../../src/api/string-map.ts';
import { SampleInput, SampleMode } from './sample-input.ts';

@ObjectType()
class SampleOutput {
  @Prop(() => String, { nullable: true, description: 'Perhaps.' })
  maybe: string | null;

  @Prop(() => [SampleMode])
  modes: readonly string[];

  @Prop(() => StringMapScalar)
  labels: Readonly<Record<string, string>>;

  @Field(() => String)
  hidden: string;
}

@Resolver()
class SampleResolver {
  @Query(() => SampleOutput)
  sample(@Args('input', { type: () => SampleInput }) _input: SampleInput): SampleOutput | null {
    return null;
  }
}

@Controller()
class SampleController {
  @Post()
  sample(@Body() _input: SampleInput): void {
    // Only its signature is of interest.
  }
}
Reflect.defineMetadata('design:paramtypes', [SampleInput], SampleController.prototype, 'sample');

@Module({ imports: [GraphQLSchemaBuilderModule], controllers: [SampleController] })
class SampleModule {}

describe('Prop', () => {
  let typeOf: (name: string) => string;
  let schemas: Record<string, unknown>;

  beforeAll(async () => {
    const app = await NestFactory.create<NestFastifyApplication>(SampleModule, new FastifyAdapter(), {
      logger: false,
    });
    const schema = await app.get(GraphQLSchemaFactory).create([SampleResolver], [StringMapScalar as never], {
      skipCheck: true,
    });
    typeOf = (name) => {
      const type = schema.getType(name);
      if (!type) throw new Error(`The schema has no ${name}.`);
      return printType(type);
    };
    schemas = SwaggerModule.createDocument(app, new DocumentBuilder().build()).components?.schemas ?? {};
    await app.close();
  });

  it('declares the fields of an input for GraphQL', () => {
    expect(typeOf('SampleInput')).toBe(
      [
        'input SampleInput {',
        '  """Its name."""',
        '  name: String!',
        '  flag: Boolean',
        '  bytes: Float',
        '  mode: SampleMode',
        '  modes: [SampleMode!]',
        '  labels: StringMap',
        '  part: SamplePart',
        '  parts: [SamplePart!]',
        '}',
      ].join('\n'),
    );
    expect(typeOf('SamplePart')).toBe('input SamplePart {\n  size: Int!\n  tags: [String!]\n}');
  });

  it('declares the fields of an output for GraphQL', () => {
    expect(typeOf('SampleOutput')).toBe(
      [
        'type SampleOutput {',
        '  """Perhaps."""',
        '  maybe: String',
        '  modes: [SampleMode!]!',
        '  labels: StringMap!',
        '  hidden: String!',
        '}',
      ].join('\n'),
    );
  });

  it('declares the words of an enum under their GraphQL names', () => {
    expect(typeOf('SampleMode')).toContain('enum SampleMode {\n  PLAIN\n  TWO_WORDS\n}');
  });

  it('declares the same fields for OpenAPI, with the words as REST writes them', () => {
    expect(schemas['SampleMode']).toMatchObject({ type: 'string', enum: ['plain', 'two-words'] });
    expect(schemas['SampleInput']).toMatchObject({
      type: 'object',
      required: ['name'],
      properties: {
        name: { type: 'string', description: 'Its name.', example: 'a' },
        flag: { type: 'boolean', nullable: true },
        bytes: { type: 'integer', format: 'int64', nullable: true },
        modes: { type: 'array', items: { $ref: '#/components/schemas/SampleMode' } },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        parts: { type: 'array', items: { $ref: '#/components/schemas/SamplePart' } },
      },
    });
    expect(schemas['SamplePart']).toMatchObject({
      required: ['size'],
      properties: {
        size: { type: 'integer', format: 'int32' },
        tags: { type: 'array', items: { type: 'string' } },
      },
    });
  });
});
