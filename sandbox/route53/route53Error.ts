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
  InvalidArgument: 400,
  InvalidPaginationToken: 400,
  InvalidResourceRecordSetProtectionBatch: 400,
  ProtectionAlreadyExists: 409,
  LimitsExceeded: 400,
  TooManyHostedZones: 400,
  NoSuchHealthCheck: 404,
  NoSuchDelegationSet: 400,
  DelegationSetAlreadyCreated: 400,
  DelegationSetAlreadyReusable: 400,
  DelegationSetInUse: 400,
  ConflictingDomainExists: 400,
  DelegationSetNotReusable: 400,
  HostedZoneNotFound: 400,
  PublicZoneVPCAssociation: 400,
  VPCAssociationNotFound: 404,
  VPCAssociationAuthorizationNotFound: 404,
  DNSSECNotFound: 400,
  KeySigningKeyWithActiveStatusNotFound: 400,
  NotImplemented: 501,
  RequestEntityTooLarge: 413,
  InternalFailure: 500,
} as const;

export type Route53ErrorCode = keyof typeof statusOf;

/** One entry of a batch that could not be carried out, told besides the message. */
export type EntryError = { RecordName: string; RecordType: string; Code: string; Message: string };

export class Route53Error extends Error {
  readonly code: Route53ErrorCode;
  readonly entries: readonly EntryError[];

  constructor(code: Route53ErrorCode, message: string, entries: readonly EntryError[] = []) {
    super(message);
    this.name = 'Route53Error';
    this.code = code;
    this.entries = entries;
  }

  get status(): number {
    return statusOf[this.code];
  }
}

/** Status of an error that was asked for by name only. */
export const usualStatus = (code: string): number => Object.entries(statusOf).find(([known]) => known === code)?.[1] ?? 400;
