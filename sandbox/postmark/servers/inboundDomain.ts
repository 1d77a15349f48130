/** An inbound domain is one server's alone, and its mail must come to Postmark. */
import { mxTargets } from '../domains/dnsLookup.ts';
import type { Postmark } from '../postmark.ts';
import { type JsonObject, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import type { ServerRecord } from './server.ts';

const inboundExchange = 'inbound.postmarkapp.com';

const inboundDomainIn = (input: JsonObject): string => (textIn(input, 'InboundDomain') ?? '').trim().toLowerCase();

/** Asked when everything else has been, and nothing is waited for any more: of two calls at once, one is refused. */
export function checkInboundHolder({ servers }: Postmark, input: JsonObject, own: ServerRecord | null): void {
  const domain = inboundDomainIn(input);
  const holder = domain === '' ? undefined : servers.all().find(({ server }) => server.InboundDomain.toLowerCase() === domain);
  if (holder !== undefined && holder !== own) throw new Refusal(602);
}

export async function checkInboundExchange({ dnsServer, settings }: Postmark, input: JsonObject): Promise<void> {
  const domain = inboundDomainIn(input);
  if (domain.includes('postmarkapp.com'))
    throw new Refusal(608, 'The inbound domain must be one of your own, and none of postmarkapp.com.');
  if (domain === '' || !settings.inboundDomainNeedsMx.value) return;
  const exchanges = await mxTargets(dnsServer, domain);
  if (!exchanges.includes(inboundExchange)) throw new Refusal(610, `The MX record of '${domain}' must lead to ${inboundExchange}.`);
}
