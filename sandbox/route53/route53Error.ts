/** An error as Route 53 answers it. The name travels as `Code`; statuses are those of the API reference. */
const statusOf = {
  InvalidChangeBatch: 400,
  InvalidInput: 400,
  InvalidDomainName: 400,
  NoSuchHostedZone: 404,
  NoSuchChange: 404,
  HostedZoneNotEmpty: 400,
  HostedZoneAlreadyExists: 409,
  PriorRequestNotComplete: 400,
  Throttling: 400,
  MissingAuthenticationToken: 403,
  MalformedInput: 400,
  NotImplemented: 501,
  RequestEntityTooLarge: 413,
  InternalFailure: 500,
} as const;

export type Route53ErrorCode = keyof typeof statusOf;

export class Route53Error extends Error {
  readonly code: Route53ErrorCode;

  constructor(code: Route53ErrorCode, message: string) {
    super(message);
    this.name = 'Route53Error';
    this.code = code;
  }

  get status(): number {
    return statusOf[this.code];
  }
}

/** Status of an error that was asked for by name only. */
export const usualStatus = (code: string): number => Object.entries(statusOf).find(([known]) => known === code)?.[1] ?? 400;
