/** An error of a service behind the `aws` port: its name as it travels, and its HTTP status where that is not 400. */
const statusOf: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  AccessDeniedException: 400,
  ExpiredToken: 403,
  InvalidIdentityToken: 400,
  MissingAuthenticationToken: 403,
  MissingAuthenticationTokenException: 400,
  InternalFailure: 500,
  InternalServiceError: 500,
  InternalServerError: 500,
  ServiceUnavailable: 503,
  RequestEntityTooLarge: 413,
};

export const usualStatus = (code: string): number => (Object.hasOwn(statusOf, code) ? (statusOf[code] ?? 400) : 400);

export class AwsError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'AwsError';
    this.code = code;
  }

  get status(): number {
    return usualStatus(this.code);
  }
}
