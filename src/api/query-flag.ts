import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional } from 'class-validator';

/** What a parameter of a query string says: true, false, or itself where it is neither. */
export function flagOf(value: unknown): unknown {
  if (value === 'true' || value === '1') return true;
  return value === 'false' || value === '0' ? false : value;
}

/** Declares a parameter of a query string that is `true` or `false`; `byDefault` is only documented here. */
export function QueryFlag(description: string, byDefault = false): PropertyDecorator {
  const decorators = [
    ApiProperty({ required: false, type: Boolean, default: byDefault, description }),
    Transform(({ value }) => flagOf(value)),
    IsOptional(),
    IsBoolean(),
  ];
  return (target, property) => {
    for (const decorator of decorators) decorator(target, property);
  };
}
