/** Finds the route of a path: without regard to case, with or without a slash at the end. */
import { bounceRoutes } from '../bounces/bounceRoutes.ts';
import { bulkRoutes } from '../bulk/bulkRoutes.ts';
import { dataRemovalRoutes } from '../dataRemovals/dataRemovalRoutes.ts';
import { domainRoutes } from '../domains/domainRoutes.ts';
import { emailRoutes } from '../email/emailRoutes.ts';
import { inboundRoutes } from '../inbound/inboundRoutes.ts';
import { inboundRuleRoutes } from '../inbound/inboundRuleRoutes.ts';
import { messageRoutes } from '../messages/messageRoutes.ts';
import { senderRoutes } from '../senders/senderRoutes.ts';
import { serverRoutes } from '../servers/serverRoutes.ts';
import { statRoutes } from '../stats/statRoutes.ts';
import { streamRoutes } from '../streams/streamRoutes.ts';
import { suppressionRoutes } from '../suppressions/suppressionRoutes.ts';
import { templateRoutes } from '../templates/templateRoutes.ts';
import { webhookRoutes } from '../webhooks/webhookRoutes.ts';
import type { Route } from './call.ts';

/** Every route, in the order in which they are tried. */
export const routes: readonly Route[] = [
  ...serverRoutes,
  ...domainRoutes,
  ...senderRoutes,
  ...dataRemovalRoutes,
  ...templateRoutes,
  ...streamRoutes,
  ...emailRoutes,
  ...bulkRoutes,
  ...messageRoutes,
  ...suppressionRoutes,
  ...bounceRoutes,
  ...webhookRoutes,
  ...statRoutes,
  ...inboundRoutes,
  ...inboundRuleRoutes,
];

const placeholder = '{id}';
const segmentsOf = (path: string): string[] => path.replace(/\/$/, '').split('/').slice(1);

/** Routes by method and number of segments, each with its segments in lower case. */
const table = new Map<string, { route: Route; segments: string[] }[]>();
for (const route of routes) {
  const segments = segmentsOf(route.path).map((segment) => segment.toLowerCase());
  const key = `${route.method} ${segments.length}`;
  table.set(key, [...(table.get(key) ?? []), { route, segments }]);
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

export type Found = { route: Route; ids: string[] };

export function findRoute(method: string, path: string): Found | null {
  const given = segmentsOf(path);
  const candidates = table.get(`${method} ${given.length}`) ?? [];
  const match = candidates.find(({ segments }) =>
    segments.every((segment, index) => segment === placeholder || segment === given[index]?.toLowerCase()),
  );
  if (match === undefined) return null;
  return { route: match.route, ids: given.filter((_, index) => match.segments[index] === placeholder).map(decoded) };
}

/** The name under which calls are counted and faults are found: `PUT /domains/{id}/verifyDkim`. */
export const operationName = (route: Route): string => `${route.method} ${route.path}`;
