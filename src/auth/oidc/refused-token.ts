import { errors } from 'jose';
import { DomainError } from '../../domain/errors.ts';
import { unauthenticated } from '../unauthenticated.ts';

export const EXPIRED = 'The token has expired. Get a new one from its issuer.';

const OF_CLAIMS: Readonly<Record<string, string>> = {
  iss: 'The token is not from the issuer that it names.',
  aud: 'The token is meant for somebody else: its "aud" has nothing that the settings of its issuer name.',
  exp: 'The token does not say when it ends, as a number in "exp".',
  nbf: 'The token is not in force yet: look at its "nbf", and at the clocks.',
  iat: 'The token is from the future: look at its "iat", and at the clocks.',
};

/** What a token is refused with, by what verifying it has failed with. Whatever that was, the token is not taken. */
export function refusalOf(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  return unauthenticated(sentenceOf(error), error);
}

function sentenceOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return EXPIRED;
  if (error instanceof errors.JWTClaimValidationFailed) {
    return OF_CLAIMS[error.claim] ?? `The claim "${error.claim}" of the token will not do.`;
  }
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported) {
    return 'The token is signed in a way that the settings of its issuer do not name in "algorithms".';
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'The token does not say by which key of its issuer it is signed. Have it issued with a "kid".';
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is wrong.';
  return 'The token cannot be verified. Get a new one from its issuer.';
}
