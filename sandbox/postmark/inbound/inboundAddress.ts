/** Which server mail to an address comes in for: the one whose inbound hash is its local part, or whose inbound domain it is in. */
import type { Postmark } from '../postmark.ts';
import type { ServerRecord } from '../servers/server.ts';

const sharedDomain = 'inbound.postmarkapp.com';

/** What stands between `+` and `@`: the owner of the address wrote it there to find its way back. */
export function mailboxHashOf(email: string): string {
  return /^[^@]*?\+([^@]*)@/.exec(email)?.[1] ?? '';
}

export function serverOfAddress({ servers }: Postmark, email: string): ServerRecord | undefined {
  const [local = '', domain = ''] = email.toLowerCase().split('@');
  const hash = local.split('+')[0] ?? '';
  return servers
    .all()
    .find(
      ({ server }) =>
        (domain === sharedDomain && server.InboundHash.toLowerCase() === hash) ||
        (server.InboundDomain !== '' && server.InboundDomain.toLowerCase() === domain),
    );
}
