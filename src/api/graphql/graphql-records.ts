import {
  Kind,
  OperationTypeNode,
  parse,
  type DocumentNode,
  type ExecutionResult,
  type FragmentDefinitionNode,
  type GraphQLResolveInfo,
  type SelectionSetNode,
} from 'graphql';
import type { AuditOrigin } from '../../domain/audit.ts';
import { deedOfField } from '../../domain/deed.ts';
import { DomainError } from '../../domain/errors.ts';
import type { AuditTrail } from '../audit-trail.ts';
import { codeOf } from '../error-table.ts';
import { RequestRecord } from '../request-record.ts';
import { MAX_TOKENS } from './operation-limits.ts';

/** What the fields of one mutation leave on record. */
export class GraphqlRecords {
  /** By the key of the field in the answer. */
  private readonly records = new Map<string, RequestRecord>();

  constructor(
    private readonly trail: AuditTrail,
    private readonly origin: () => AuditOrigin,
  ) {}

  /** The record of the field that is being resolved. */
  of({ path, fieldName, operation }: GraphQLResolveInfo): RequestRecord | undefined {
    if (operation.operation !== OperationTypeNode.MUTATION || path.prev !== undefined) return undefined;
    return this.recordOf(String(path.key), fieldName);
  }

  /** Puts on record which fields of a mutation were refused. */
  async settle(
    result: ExecutionResult,
    document: DocumentNode,
    operationName: string | null | undefined,
  ): Promise<void> {
    if (!result.errors) return;
    const fields = fieldsOfMutation(document, operationName);
    for (const { path, extensions, originalError } of result.errors) {
      const code = codeIn(extensions['code'], originalError);
      const refused = path === undefined ? [...fields.keys()] : path.length === 1 ? [String(path[0])] : [];
      for (const key of refused) await this.recordOf(key, fields.get(key) ?? '')?.refused(code);
    }
  }

  /** Puts on record that a request was refused as a whole, if it asks for a mutation at all. */
  async refuse(request: unknown, code: string): Promise<void> {
    const { query, operationName } = (request ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof query !== 'string') return;
    const name = typeof operationName === 'string' ? operationName : null;
    for (const [key, field] of fieldsIn(query, name)) {
      await this.recordOf(key, field)?.refused(code);
    }
  }

  private recordOf(key: string, field: string): RequestRecord | undefined {
    const known = this.records.get(key);
    if (known || field === '') return known;
    const record = new RequestRecord(this.trail, this.origin, deedOfField(field), field);
    this.records.set(key, record);
    return record;
  }
}

function codeIn(code: unknown, cause: unknown): string {
  if (typeof code === 'string') return code;
  return codeOf(cause instanceof DomainError ? cause.kind : 'invalid');
}

/** The fields of the mutation that is asked for, by their keys in the answer; none of what is no mutation. */
export function fieldsOfMutation(
  { definitions }: DocumentNode,
  operationName: string | null | undefined,
): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const add = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        fields.set((selection.alias ?? selection.name).value, selection.name.value);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        add(selection.selectionSet);
      } else {
        const fragment = fragments.get(selection.name.value);
        // Each once: those of a document that was refused may be circular.
        fragments.delete(selection.name.value);
        if (fragment) add(fragment.selectionSet);
      }
    }
  };
  for (const definition of definitions) {
    const isAsked =
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.operation === OperationTypeNode.MUTATION &&
      (!operationName || definition.name?.value === operationName);
    if (isAsked) add(definition.selectionSet);
  }
  return fields;
}

/** The fields of the mutation in a document that may be none; most are queries, and are not read for that. */
function fieldsIn(text: string, operationName: string | null | undefined): ReadonlyMap<string, string> {
  if (!text.includes(OperationTypeNode.MUTATION)) return new Map();
  try {
    return fieldsOfMutation(parse(text, { maxTokens: MAX_TOKENS, noLocation: true }), operationName);
  } catch {
    // What cannot be read asks for nothing.
    return new Map();
  }
}
