/** Where the public record contradicts itself on how the API answers. The default is what the better or newer evidence says. */
import type { World } from '../world/world.ts';

type DomainNotFound = '422/510' | '422/501' | '404/501' | '404/510' | '500/501';

export function declareWireSettings({ settings }: World) {
  return {
    /** A call without any token: 401 (documented), or 422 (old captures). */
    noTokenStatus: settings.declare<401 | 422>('noTokenStatus', 401, [401, 422]),
    /** A missing or wrong Content-Type or Accept, with ErrorCode 409: HTTP 415 (documented), or 422 (old captures). */
    mediaTypeStatus: settings.declare<415 | 422>('mediaTypeStatus', 415, [415, 422]),
    /** An unknown domain, as HTTP status and ErrorCode. */
    domainNotFound: settings.declare<DomainNotFound>('domainNotFound', '422/510', ['422/510', '422/501', '404/501', '404/510', '500/501']),
    /** Calls that one server, or the account, may make in a second of domain time; 0: no limit. No number was published, 25 to 100 are rumoured. */
    callsPerSecond: settings.declare('callsPerSecond', 0),
    /** A Retry-After header on every 429; 0: none, as most sources have it. */
    retryAfterSeconds: settings.declare('retryAfterSeconds', 0),
    /** `Z` in captures of 2026; the older documentation shows Eastern Standard Time. */
    submittedAtZone: settings.declare<'Z' | '-05:00'>('submittedAtZone', 'Z', ['Z', '-05:00']),
    /** A Return-Path whose CNAME is not in DNS is refused with 523 as soon as it is given; otherwise only looked for when asked. */
    returnPathMustResolve: settings.declare('returnPathMustResolve', false),
    /** An inbound domain whose MX does not lead to Postmark is refused with 610. */
    inboundDomainNeedsMx: settings.declare('inboundDomainNeedsMx', true),
    /** The error list asks for Name and FromEmail in a sender signature (520); the clients for FromEmail alone. */
    senderNameRequired: settings.declare('senderNameRequired', false),
    /** How long after its making a stream cannot be archived (1241): the clients' own tests meet that right after a create. */
    streamArchiveDelayMs: settings.declare('streamArchiveDelayMs', 0),
    /** Custom unsubscribe handling is given by support; without it, 1238. */
    customUnsubscribe: settings.declare('customUnsubscribe', true),
    /** Which triggers a kind of stream does not have is not published: `Transactional:SubscriptionChange` makes that pair 1353. */
    unsupportedTriggers: settings.declare<string[]>('unsupportedTriggers', []),
    /** A model that does not fit its template: refused with 1122, or taken and bounced as TemplateRenderingFailed. */
    templateModelFault: settings.declare<'refuse' | 'bounce'>('templateModelFault', 'refuse', ['refuse', 'bounce']),
  };
}
