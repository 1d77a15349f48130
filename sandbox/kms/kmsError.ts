/** An error as KMS answers it over JSON 1.1: `__type` is its name. */
const statusOf = {
  ValidationException: 400,
  NotFoundException: 400,
  DisabledException: 400,
  KMSInvalidStateException: 400,
  InvalidCiphertextException: 400,
  IncorrectKeyException: 400,
  InvalidArnException: 400,
  InvalidMarkerException: 400,
  AlreadyExistsException: 400,
  NotAuthorizedException: 400,
  LimitExceededException: 400,
  ThrottlingException: 400,
  MissingAuthenticationTokenException: 400,
  UnknownOperationException: 400,
  SerializationException: 400,
  KMSInternalException: 500,
  DependencyTimeoutException: 500,
} as const;

export type KmsErrorCode = keyof typeof statusOf;

export class KmsError extends Error {
  readonly code: KmsErrorCode;

  constructor(code: KmsErrorCode, message: string) {
    super(message);
    this.name = 'KmsError';
    this.code = code;
  }
}

export const usualStatus = (code: string): number => Object.entries(statusOf).find(([known]) => known === code)?.[1] ?? 400;
