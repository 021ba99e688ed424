/**
 * Freezes an object and all it holds, so that one shared object can be handed to every reader. What is frozen already
 * counts as frozen at every depth.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const field in value) deepFreeze(value[field]);
  return value;
}
