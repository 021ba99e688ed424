/**
 * Thrown where a compiled operation meets what only graphql-js handles: an error, a null where none may be, a promise
 * within an object. The operation is executed anew by graphql-js then, which has the exact answer.
 */
export const BAIL = new Error('This operation needs graphql-js.');
