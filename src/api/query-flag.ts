import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsOptional } from 'class-validator';

const asBoolean = ({ value }: { value: unknown }): unknown =>
  value === 'true' || value === '1' ? true : value === 'false' || value === '0' ? false : value;

/** Declares a parameter of a query string that is `true` or `false`; `byDefault` is only documented here. */
export function QueryFlag(description: string, byDefault = false): PropertyDecorator {
  const decorators = [
    ApiProperty({ required: false, type: Boolean, default: byDefault, description }),
    Transform(asBoolean),
    IsOptional(),
    IsBoolean(),
  ];
  return (target, property) => {
    for (const decorator of decorators) decorator(target, property);
  };
}
