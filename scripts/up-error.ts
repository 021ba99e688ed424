/** A reason not to go on that the user can do something about; shown without a stack. */
export class UpError extends Error {
  override name = 'UpError';
}
