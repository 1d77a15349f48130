/**
 * What Route 53 answers about a public, unsigned zone to those who ask for the other kinds: VPCs belong to private zones, and there are no
 * signing keys here. Every zone of the sandbox is such a zone.
 */
import type { RimAnswer, RimRequest } from '../world/httpRim.ts';
import { itemsAsked, zoneOf } from './recordOperations.ts';
import type { Operation, Route53Context } from './route53Context.ts';
import { Route53Error, type Route53ErrorCode } from './route53Error.ts';
import { xmlAnswer } from './xml.ts';

const pageMax = 100;

const refusedFor =
  (code: Route53ErrorCode, message: string): Operation =>
  (context, _request, id) => {
    zoneOf(context, id);
    throw new Route53Error(code, message);
  };

function getDnssec(context: Route53Context, _request: RimRequest, id: string | undefined): RimAnswer {
  zoneOf(context, id);
  return xmlAnswer(200, 'GetDNSSECResponse', { Status: { ServeSignature: 'NOT_SIGNING' }, KeySigningKeys: {} });
}

function listByVpc(_context: Route53Context, request: RimRequest): RimAnswer {
  if (!/^vpc-[0-9a-f]{8,17}$/.test(request.query.get('vpcid') ?? '') || request.query.get('vpcregion') === null)
    throw new Route53Error('InvalidInput', "ListHostedZonesByVPC needs 'vpcid', such as vpc-0a1b2c3d, and 'vpcregion'");
  return xmlAnswer(200, 'ListHostedZonesByVPCResponse', { HostedZoneSummaries: {}, MaxItems: itemsAsked(request, pageMax) });
}

function listAuthorizations(context: Route53Context, _request: RimRequest, id: string | undefined): RimAnswer {
  const zone = zoneOf(context, id);
  return xmlAnswer(200, 'ListVPCAssociationAuthorizationsResponse', { HostedZoneId: zone.id, VPCs: {} });
}

export const publicZoneOperations: Readonly<Record<string, Operation>> = {
  GetDNSSEC: getDnssec,
  EnableHostedZoneDNSSEC: refusedFor('KeySigningKeyWithActiveStatusNotFound', "A key-signing key (KSK) with ACTIVE status wasn't found."),
  DisableHostedZoneDNSSEC: refusedFor('DNSSECNotFound', "The hosted zone doesn't have any DNSSEC resources."),
  ListHostedZonesByVPC: listByVpc,
  AssociateVPCWithHostedZone: refusedFor(
    'PublicZoneVPCAssociation',
    'You are trying to associate a VPC with a public hosted zone. Amazon Route 53 does not support that.',
  ),
  DisassociateVPCFromHostedZone: refusedFor('VPCAssociationNotFound', 'The specified VPC and hosted zone are not currently associated.'),
  CreateVPCAssociationAuthorization: refusedFor('InvalidInput', 'A VPC can be authorized for a private hosted zone only.'),
  DeleteVPCAssociationAuthorization: refusedFor(
    'VPCAssociationAuthorizationNotFound',
    'The VPC that you specified is not authorized to be associated with the hosted zone.',
  ),
  ListVPCAssociationAuthorizations: listAuthorizations,
};
