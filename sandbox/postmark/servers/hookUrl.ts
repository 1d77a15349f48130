/** Where Postmark may post to. Internal addresses are refused with 606 unless the sandbox's switch lets loopback through. */
import { BlockList, isIP } from 'node:net';
import { Refusal } from '../rim/refusal.ts';

const internal = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  internal.addSubnet(network, prefix, 'ipv4');
}
internal.addAddress('::1', 'ipv6');
internal.addSubnet('fc00::', 7, 'ipv6');
internal.addSubnet('fe80::', 10, 'ipv6');

function isInternal(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const family = isIP(host);
  if (family === 0) return host === 'localhost' || host.endsWith('.localhost');
  return internal.check(host, family === 6 ? 'ipv6' : 'ipv4');
}

/** Answers the address as given. `code` is for what is no http(s) address at all: 606 in a server's fields, 1354 in a webhook. */
export function checkHookUrl(url: string, loopbackAllowed: boolean, code: number): string {
  const parsed = URL.parse(url);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol) || parsed.hostname === '') throw new Refusal(code);
  if (!loopbackAllowed && isInternal(parsed.hostname)) throw new Refusal(606);
  return url;
}
