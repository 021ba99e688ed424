import {
  execute,
  Kind,
  visit,
  type ExecutionArgs,
  type ExecutionResult,
  type OperationDefinitionNode,
} from 'graphql';
import { SharedData } from './shared-data.ts';

interface Remembered {
  readonly key: string;
  readonly event: object;
  readonly result: Promise<ExecutionResult>;
}

/**
 * The results of the latest event of a subscription. A hundred subscribers of one operation get one event each, all
 * made of the same objects: it is executed for the first of them, and its result is the others', too.
 */
export class EventResults {
  private readonly usesVariables: boolean;
  private last: Remembered | undefined;

  constructor(operation: OperationDefinitionNode) {
    this.usesVariables = selectionUsesVariables(operation);
  }

  /**
   * What a subscriber is told of an event.
   * @param args as for `execute`; its `rootValue` is the event
   * @param scope what else the result depends on: the rights of the reader, the revision of the state
   */
  of(event: object, scope: string, args: ExecutionArgs): Promise<ExecutionResult> {
    const key = this.usesVariables ? `${scope}\n${JSON.stringify(args.variableValues)}` : scope;
    if (this.last?.key === key && isSame(this.last.event, event)) return this.last.result;
    const result = Promise.resolve(execute({ ...args, rootValue: event })).then(shared);
    this.last = { key, event, result };
    return result;
  }
}

/** A plain answer as one that is serialised once. */
function shared(result: ExecutionResult): ExecutionResult {
  return result.errors ? result : { data: new SharedData(result.data) as unknown as ExecutionResult['data'] };
}

/** Whether variables matter below the root field, whose own arguments only say which events there are. */
function selectionUsesVariables(operation: OperationDefinitionNode): boolean {
  let uses = false;
  for (const selection of operation.selectionSet.selections) {
    // A fragment can hide anything.
    if (selection.kind !== Kind.FIELD || selection.directives?.length) return true;
    if (!selection.selectionSet) continue;
    visit(selection.selectionSet, {
      Variable() {
        uses = true;
      },
      FragmentSpread() {
        uses = true;
      },
    });
  }
  return uses;
}

/** Whether two events say the same: their parts are objects that never change, made once for all. */
function isSame(a: object, b: object): boolean {
  const [parts, others] = [Object.entries(a), Object.entries(b)];
  return (
    parts.length === others.length &&
    parts.every(([name, value]) => Object.is((b as Record<string, unknown>)[name], value))
  );
}
