import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { invalid, type FieldError } from '../domain/errors.ts';

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
  // GraphQL's inputs have no prototype, which class-validator's whitelist cannot handle.
  const instance = plainToInstance(target, structuredClone(value), {
    enableImplicitConversion: false,
    exposeUnsetFields: false,
  });
  const failures = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: false,
  });
  if (failures.length > 0) throw invalid(failures.flatMap((failure) => fieldErrors(failure, '')));
  return instance;
}

function fieldErrors(failure: ValidationError, parent: string): FieldError[] {
  const pointer = `${parent}/${failure.property.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const own = Object.entries(failure.constraints ?? {}).map(([rule, message]) => ({
    pointer,
    detail: rule === 'whitelistValidation' ? 'There is no such field.' : sentence(message, failure.property),
  }));
  return [...own, ...(failure.children ?? []).flatMap((child) => fieldErrors(child, pointer))];
}

/** class-validator begins its messages with the property, which the pointer says already. */
function sentence(message: string, property: string): string {
  const text = message.replace(new RegExp(`^(each value in )?${escapeForRegExp(property)} `), '$1');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

function escapeForRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
