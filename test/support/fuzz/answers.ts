import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { OPENAPI, type Operation, type Schema } from './openapi.ts';

/** OpenAPI 3.0 is not quite JSON Schema: `nullable` is a type of its own there. What is not declared is not allowed. */
function strict(schema: Schema): object {
  const { nullable, properties, items, allOf, oneOf, anyOf, additionalProperties, ...rest } = schema;
  const parts = (list: readonly Schema[] | undefined, name: string): object =>
    list ? { [name]: list.map(strict) } : {};
  const own = {
    ...rest,
    ...(properties
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, one]) => [name, strict(one)]),
          ),
          additionalProperties: additionalProperties ?? false,
        }
      : {}),
    ...(!properties && additionalProperties !== undefined
      ? {
          additionalProperties:
            typeof additionalProperties === 'object' ? strict(additionalProperties) : additionalProperties,
        }
      : {}),
    ...(items ? { items: strict(items) } : {}),
    ...parts(allOf, 'allOf'),
    ...parts(oneOf, 'anyOf'),
    ...parts(anyOf, 'anyOf'),
  };
  return nullable ? { anyOf: [own, { type: 'null' }] } : own;
}

const ajv = new Ajv({ strict: false, allErrors: true });
(addFormats as unknown as (ajv: Ajv) => void)(ajv);
ajv.addSchema({
  $id: 'contract',
  components: {
    schemas: Object.fromEntries(
      Object.entries(OPENAPI.components.schemas).map(([name, schema]) => [name, strict(schema)]),
    ),
  },
});
const compiled = new Map<string, ValidateFunction>();

function validator(schema: Schema): ValidateFunction {
  const text = JSON.stringify(strict(schema)).replaceAll('"#/components', '"contract#/components');
  let validate = compiled.get(text);
  if (!validate) {
    validate = ajv.compile(JSON.parse(text) as object);
    compiled.set(text, validate);
  }
  return validate;
}

export interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
}

/** What of an answer the contract does not allow; empty when it allows all of it. */
export function complaints(operation: Operation, { status, type, body }: Answer): string[] {
  const declared =
    operation.responses[String(status)] ?? (status >= 400 ? operation.responses['default'] : undefined);
  if (!declared) return [`The status ${status} is not declared.`];
  const contents = declared.content ?? {};
  if (body === '') return Object.keys(contents).length === 0 ? [] : ['The answer is empty.'];
  const mediaType = type?.split(';')[0] ?? '';
  const content = contents[mediaType];
  if (!content) return [`The type ${mediaType} is not declared for ${status}.`];
  if (!mediaType.includes('json')) return [];
  const validate = validator(content.schema);
  if (validate(JSON.parse(body))) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message ?? ''}`);
}
