import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../api/access.ts';
import { Describe } from '../api/describe.ts';
import { LintService } from './lint.service.ts';
import { LintRoutesInput, RouteLint } from './lint.types.ts';

@ApiTags('Routes')
@Needs('view', 'route')
@Controller('v1/routes/lint')
export class LintController {
  constructor(private readonly service: LintService) {}

  @Post()
  @Describe('Tells what labels would do as routes, of a service or a compose file', RouteLint)
  lint(@Body() input: LintRoutesInput): RouteLint {
    return this.service.lint(input);
  }
}
