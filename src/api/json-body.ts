import type { FastifyInstance } from 'fastify';

/**
 * Takes bodies of these types in a scope, and reads them as JSON; any other type is answered 415.
 * @param toBody makes what handlers get of a body's text and of what it says, which is undefined where the text is empty:
 * clients send the type of a body also where there is none (`curl -X POST …/restart`)
 */
export function acceptJson(
  scope: FastifyInstance,
  types: string[],
  toBody: (text: string, json: unknown) => unknown,
): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<string>(types, { parseAs: 'string' }, (request, text, done) => {
    if (text === '') return done(null, toBody(text, undefined));
    void parseJson(request, text, (error: Error | null, json: unknown) => done(error, toBody(text, json)));
  });
}
