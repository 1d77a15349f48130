/** A whole outside world in this process: Postmark over HTTP, and a zone with real DNS for it to look at. Time starts at a fixed moment. */
import { AccountClient, type Models, ServerClient } from 'postmark';
import { type DnsServer, serveDns } from '../../../sandbox/dns/dnsServer.ts';
import { createPostmarkRoom, type PostmarkRoom } from '../../../sandbox/postmark/postmarkRoom.ts';
import { createRoute53Room, type Route53Room } from '../../../sandbox/route53/route53Room.ts';
import { createWorld, type SandboxWorld } from '../../../sandbox/world/createWorld.ts';
import { type HttpRim, serveHttp } from '../../../sandbox/world/httpRim.ts';
import type { FaultSpec, Json } from '../../../sandbox/world/world.ts';

export const accountToken = 'aaaaaaaa-1111-4222-8333-bbbbbbbbbbbb';
export const startAt = Date.parse('2026-09-05T14:31:12.000Z');
export const zone = 'dev.ardamails.com';

export type Answer = { status: number; headers: Headers; body: Json };
type Call = { account?: string; server?: string; body?: Json | undefined; raw?: string; headers?: Record<string, string> };

export type PostmarkWorld = {
  world: SandboxWorld;
  room: PostmarkRoom;
  route53: Route53Room;
  dns: DnsServer;
  /** host:port of the API. */
  host: string;
  account: AccountClient;
  serverClient(token: string): ServerClient;
  /** A raw call, for what the client would not say. JSON content type unless `headers` says otherwise. */
  call(method: string, path: string, call?: Call): Promise<Answer>;
  newServer(name?: string, options?: Partial<Models.CreateServerRequest>): Promise<{ id: number; token: string; client: ServerClient }>;
  /** A domain whose records are in DNS and have been seen. */
  verifiedDomain(name?: string): Promise<Models.DomainDetails>;
  fault(spec: FaultSpec): void;
  /** Whatever is due now has happened, webhooks included. */
  settle(): Promise<void>;
  advanceMinutes(minutes: number): Promise<void>;
  close(): Promise<void>;
};

const clientOptions = (host: string) => ({ useHttps: false, requestHost: host, timeout: 10 });

async function rawCall(rim: HttpRim, method: string, path: string, call: Call = {}): Promise<Answer> {
  const body = call.raw ?? (call.body === undefined ? null : JSON.stringify(call.body));
  const response = await fetch(`${rim.url}${path}`, {
    method,
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(call.account === undefined ? {} : { 'X-Postmark-Account-Token': call.account }),
      ...(call.server === undefined ? {} : { 'X-Postmark-Server-Token': call.server }),
      ...call.headers,
    },
    ...(body === null ? {} : { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text,
  };
}

export function putRecord(route53: Route53Room, type: 'TXT' | 'CNAME', name: string, value: string): void {
  route53.editRecord({ action: 'UPSERT', name, type, values: [value] });
}

export async function startPostmark(seed: number | string = 1): Promise<PostmarkWorld> {
  const world = createWorld({ seed, startAt });
  const route53 = createRoute53Room(world, zone);
  const dns = await serveDns(world, route53.zones, { host: '127.0.0.1', port: 0 });
  const room = createPostmarkRoom(world, { dnsServer: dns, accountToken });
  const rim = await serveHttp(world, room, { host: '127.0.0.1', port: 0 });
  const host = `127.0.0.1:${rim.port}`;
  const account = new AccountClient(accountToken, clientOptions(host));
  const serverClient = (token: string) => new ServerClient(token, clientOptions(host));
  const settle = async () => {
    await world.stepper.advance(1);
  };

  async function verifiedDomain(name = `acme.${zone}`): Promise<Models.DomainDetails> {
    const domain = await account.createDomain({ Name: name, ReturnPathDomain: `pm-bounces.${name}` });
    putRecord(route53, 'TXT', domain.DKIMPendingHost, domain.DKIMPendingTextValue);
    putRecord(route53, 'CNAME', domain.ReturnPathDomain, domain.ReturnPathDomainCNAMEValue);
    await account.verifyDomainDKIM(domain.ID);
    return account.verifyDomainReturnPath(domain.ID);
  }

  return {
    world,
    room,
    route53,
    dns,
    host,
    account,
    serverClient,
    call: (method, path, call) => rawCall(rim, method, path, call),
    newServer: async (name = 'ardamails-dev-acme', options = {}) => {
      const server = await account.createServer({ ...options, Name: name });
      const token = server.ApiTokens[0] ?? '';
      return { id: server.ID, token, client: serverClient(token) };
    },
    verifiedDomain,
    fault: (spec) => world.faults.add(spec),
    settle,
    advanceMinutes: async (minutes) => {
      await world.stepper.advance(minutes * 60_000);
    },
    close: async () => {
      room.close();
      world.close();
      await Promise.all([rim.close(), dns.close()]);
    },
  };
}

/** A message that passes every check, from the domain of `verifiedDomain`. */
export const mailTo = (to: string, more: Partial<Models.Message> = {}): Models.Message => ({
  From: `Acme Co <noreply@acme.${zone}>`,
  To: to,
  Subject: 'Hello',
  TextBody: 'Hello there',
  ...more,
});
