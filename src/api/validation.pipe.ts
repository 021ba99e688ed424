import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { DomainError, invalid, pointerTo, type FieldError } from '../domain/errors.ts';

const NO_SUCH_FIELD = 'There is no such field.';

type Class = new () => object;
const BUILT_IN: readonly unknown[] = [String, Number, Boolean, Array, Object, undefined];

/**
 * Turns the input of either surface into an instance of its class and refuses what the class does not declare.
 * Fails `invalid` with a JSON pointer for each wrong field.
 */
@Injectable()
export class InputPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (type === 'custom' || BUILT_IN.includes(metatype)) return value;
    const given = value ?? {};
    if (typeof given !== 'object' || Array.isArray(given)) {
      throw invalid([{ pointer: '', detail: 'Send a JSON object.' }]);
    }
    return transformInto(metatype as Class, given);
  }
}

function transformInto(target: Class, value: object): object {
  // class-transformer leaves out what every object inherits, so it would be ignored.
  const inherited = Object.keys(value).filter((name) => name in Object.prototype);
  if (inherited.length > 0) {
    throw invalid(inherited.map((name) => ({ pointer: pointerTo('', name), detail: NO_SUCH_FIELD })));
  }
  const instance = instanceOf(target, value);
  const failures = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
  });
  if (failures.length > 0) throw invalid(failures.flatMap((failure) => fieldErrors(failure, '')));
  return instance;
}

function instanceOf(target: Class, value: object): object {
  try {
    // GraphQL's inputs have no prototype, which class-validator's whitelist cannot handle.
    return plainToInstance(target, structuredClone(value), {
      enableImplicitConversion: false,
      exposeUnsetFields: false,
    });
  } catch (cause) {
    // class-transformer trips over an unknown object that has a field of this name.
    throw new DomainError('invalid', 'There is a field "constructor" where there is no such field.', {
      cause,
    });
  }
}

function fieldErrors(failure: ValidationError, parent: string): FieldError[] {
  const pointer = pointerTo(parent, failure.property);
  // What is wrong inside of it says more than that something is.
  const children = failure.children ?? [];
  const own = Object.entries(children.length > 0 ? {} : (failure.constraints ?? {})).map(
    ([rule, message]) => ({
      pointer,
      detail: rule === 'whitelistValidation' ? NO_SUCH_FIELD : sentence(message, failure.property),
    }),
  );
  return [...own, ...children.flatMap((child) => fieldErrors(child, pointer))];
}

/** class-validator begins its messages with the property, which the pointer says already. */
function sentence(message: string, property: string): string {
  const isElement = /^\d+$/.test(property);
  const text = message
    .replace(/^(each value in )?(?:nested property )?\S+ must /, (_, each: string | undefined) =>
      each && !isElement ? 'each value must ' : 'must ',
    )
    .replace('must be either object or array', 'must be an object');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
