import { invalid } from '../../domain/errors.ts';
import type { OperationRequest } from './operations.ts';

/** What a request over HTTP asks for. */
export interface GraphqlRequest extends OperationRequest {
  readonly query: string;
}

/** A request from the JSON of a body. Fails `invalid` with the pointer of what is wrong. `extensions` are not used. */
export function parseGraphqlRequest(json: unknown): GraphqlRequest {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalid([
      {
        pointer: '',
        detail: 'Send one JSON object with the field "query"; lists of operations are not taken.',
      },
    ]);
  }
  const { query, operationName, variables } = json as Readonly<Record<string, unknown>>;
  if (typeof query !== 'string' || query === '') {
    const detail = 'Send the text of the operation; persisted queries are not supported.';
    throw invalid([{ pointer: '/query', detail }]);
  }
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    throw invalid([{ pointer: '/operationName', detail: 'Must be a string.' }]);
  }
  if (!isObjectOrAbsent(variables)) {
    throw invalid([{ pointer: '/variables', detail: 'Must be a JSON object.' }]);
  }
  return { query, operationName, variables };
}

function isObjectOrAbsent(value: unknown): value is Readonly<Record<string, unknown>> | null | undefined {
  return value === undefined || (typeof value === 'object' && !Array.isArray(value));
}
