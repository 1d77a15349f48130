/** Requests of every kind that a caller can send: good ones, mistaken ones and hostile ones. The same seed and the same past make the same request. */

import { address, batch, callback, configuration, type Known, message, mutated, type Operation, signal, written } from './bodies.ts';
import { anyValue, type Draw, oddText } from './draw.ts';

export type GeneratedRequest = {
  method: string;
  /** As it is written on the request line. */
  target: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: Buffer | null;
};

const basePath = '/v1/shop-access/email';
const huge = 17 * 1024 * 1024;
const nobody = '0199c1a2-0000-7000-8000-000000000000';

type Route = Operation & { body?: unknown };
type Make = (draw: Draw, known: Known, keys: () => string) => Route;

const signals = ['provision', 're-provision', 're-verify', 'recover', 'lock', 'force-lock', 'unlock', 'remove', 'explode', '%00'] as const;

const anId = (draw: Draw, known: readonly string[]): string =>
  known.length > 0 && draw.chance(0.7)
    ? draw.pick(known)
    : draw.pick([nobody, 'x', '%00', '%ff', '%E0%A4%A', "'%20or%201=1", 'a'.repeat(500), '..%2f..']);

const query = (draw: Draw, names: readonly string[]): string => {
  const parts = Array.from({ length: draw.int(3) }, () => {
    const name = draw.chance(0.9) ? draw.pick(names) : oddText(draw);
    const value = draw.pick(['1', '200', '0', '201', 'x', '', 'true', 'SENT', 'cursor', address(draw), oddText(draw)]);
    return `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`;
  });
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
};

const pages = ['limit', 'cursor'];
/** How often each is drawn: the doors that tenants use stand wider open. */
const routes: readonly (readonly [share: number, make: Make])[] = [
  [30, (draw, known) => ({ method: 'POST', path: '/job', body: message(draw, known) })],
  [3, (draw, known, keys) => ({ method: 'POST', path: '/job/batch', body: batch(draw, known, keys) })],
  [6, (draw) => ({ method: 'GET', path: `/job${query(draw, ['configurationEId', 'status', 'recipient', ...pages])}` })],
  [4, (draw, { jobs }) => ({ method: 'GET', path: `/job/${anId(draw, jobs)}` })],
  [4, (draw, { jobs }) => ({ method: 'GET', path: `/job/${anId(draw, jobs)}/timeline${query(draw, pages)}` })],
  [4, (draw, { jobs }) => ({ method: 'POST', path: `/job/${anId(draw, jobs)}/cancel`, body: draw.chance(0.8) ? {} : anyValue(draw) })],
  [
    4,
    (draw, { jobs }) => ({
      method: 'POST',
      path: `/job/${anId(draw, jobs)}/resend`,
      body: { reason: draw.chance(0.7) ? 'why' : oddText(draw) },
    }),
  ],
  [
    4,
    (draw, { jobs }) => ({
      method: 'POST',
      path: `/job/${anId(draw, jobs)}/triage`,
      body: { resolution: draw.pick(['delivered', 'bounced', 'complained', 'x']), reason: oddText(draw) },
    }),
  ],
  [4, (draw) => ({ method: 'POST', path: '/configuration', body: configuration(draw) })],
  [3, (draw) => ({ method: 'GET', path: `/configuration${query(draw, ['status', 'slug', ...pages])}` })],
  [3, (draw, known) => ({ method: 'GET', path: `/configuration/${anId(draw, [known.configurationEId])}${query(draw, ['asOf'])}` })],
  [2, (draw, known) => ({ method: 'GET', path: `/configuration/${anId(draw, [known.configurationEId])}/history${query(draw, pages)}` })],
  [
    2,
    (draw, known) => ({
      method: 'GET',
      path: `/configuration/${anId(draw, [known.configurationEId])}/explain${query(draw, ['recipient'])}`,
    }),
  ],
  // Of a configuration that is not there: what the signals do to one that is, is played elsewhere, and would end this one's sending.
  [3, (draw) => ({ method: 'POST', path: `/configuration/${anId(draw, [])}/${draw.pick(signals)}`, body: signal(draw) })],
  [
    4,
    (draw) => ({
      method: 'POST',
      path: '/suppression',
      body: { recipient: address(draw), ...(draw.chance(0.3) ? { note: oddText(draw) } : {}) },
    }),
  ],
  [
    4,
    (draw) => ({
      method: 'POST',
      path: '/suppression/release',
      body: { recipient: address(draw), reason: oddText(draw), force: draw.chance(0.5) },
    }),
  ],
  [3, (draw) => ({ method: 'GET', path: `/suppression${query(draw, ['recipient', 'active', ...pages])}` })],
  [1, (draw) => ({ method: 'POST', path: '/tenant-key', body: { tenantId: draw.pick(['acme', oddText(draw)]), name: oddText(draw) } })],
  [1, (draw) => ({ method: 'GET', path: `/tenant-key${query(draw, pages)}` })],
  [1, (draw) => ({ method: 'DELETE', path: `/tenant-key/${anId(draw, [])}` })],
  // Whatever else is published, as a caller who has read the list and nothing more.
  [
    2,
    (draw, { operations }) => {
      const { method, path } = draw.pick(operations);
      return { method, path: path.replaceAll(/\{\w+\}/g, () => anId(draw, [])), body: draw.chance(0.5) ? {} : anyValue(draw) };
    },
  ],
  [
    2,
    (draw) => ({
      method: draw.pick(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']),
      path: draw.pick(['/job', '/jöb', '/nothing', '/job/../job', '//', '/job%2fbatch', `/${'x'.repeat(3000)}`, '/configuration/']),
      body: {},
    }),
  ],
];
const shares = routes.reduce((sum, [share]) => sum + share, 0);
const callbackShare = 0.12;

const drawnRoute = (draw: Draw): Make => {
  let at = draw.int(shares);
  for (const [share, make] of routes) {
    at -= share;
    if (at < 0) return make;
  }
  throw new Error('the shares do not add up');
};

/** Bytes as they are written: what a header may not hold is held here. */
export const badHeaders = [
  ['X-Author', 'a\r\nX-Injected: yes'],
  ['X-Tenant-Id', 'acme\u0000'],
  ['X-Author', '\u0001\u0002'],
  ['X-Long', 'x'.repeat(20_000)],
  ['X-Long', 'x'.repeat(8_000)],
  ['X Bad Name', 'x'],
  ['Transfer-Encoding', 'gzip'],
  ['Expect', '100-continue'],
  ['Content-Encoding', 'gzip'],
] as const;

const authorized = (draw: Draw, { operatorKey, tenantKey, tenant }: Known): [string, string][] => {
  const who = draw.int(20);
  if (who < 12)
    return [
      ['Authorization', `Bearer ${operatorKey}`],
      ['X-Tenant-Id', tenant],
      ['X-Author', 'requests'],
    ];
  if (who < 17) return [['Authorization', `Bearer ${tenantKey}`]];
  if (who < 18)
    return [
      ['Authorization', `Bearer ${tenantKey}`],
      ['X-Tenant-Id', draw.pick([tenant, tenant.toUpperCase(), 'other'])],
    ];
  if (who < 19)
    return [
      ['Authorization', `Bearer ${operatorKey}`],
      ['X-Tenant-Id', draw.pick(['', 'a b', 'x'.repeat(65), 'söme', tenant])],
    ];
  return draw.pick<[string, string][]>([
    [],
    [['Authorization', 'Bearer wrong']],
    [['Authorization', 'Basic YTpi']],
    [['Authorization', `Bearer ${'x'.repeat(600)}`]],
  ]);
};

const forRoute = (draw: Draw, known: Known, keys: () => string): GeneratedRequest => {
  const { method, path, body } = drawnRoute(draw)(draw, known, keys);
  const given = body !== undefined && draw.chance(0.15) ? mutated(draw, Object(body) as Record<string, unknown>) : body;
  const bytes = given === undefined ? null : draw.chance(0.0005) ? Buffer.alloc(huge, 'x') : written(draw, given);
  const type = draw.chance(0.97)
    ? 'application/json'
    : draw.pick(['text/plain', 'application/xml', 'nonsense', 'application/json; charset=latin1', '']);
  return {
    method,
    target: `${basePath}${path}`,
    body: bytes,
    headers: [
      ...authorized(draw, known),
      ...(bytes === null ? [] : ([['Content-Type', type]] as const)),
      ...(draw.chance(0.95)
        ? ([['Idempotency-Key', draw.chance(0.97) ? keys() : draw.pick(['', 'k'.repeat(256), 'a b', 'ü'])]] as const)
        : []),
      ...(draw.chance(0.02) ? ([['X-Request-Id', draw.pick(['mine', 'x'.repeat(65), 'a b'])]] as const) : []),
      ...(draw.chance(0.01) ? ([['Prefer', draw.pick(['wait=0', 'wait=x', 'wait=-1', 'respond-async'])]] as const) : []),
      ...(draw.chance(0.01) ? [draw.pick(badHeaders)] : []),
    ],
  };
};

/** Forged in part: one secret is wrong or missing; or all are right, and what is said is odd. */
const forCallback = (draw: Draw, known: Known): GeneratedRequest => {
  const { path, headers } = known.hook;
  const forged = draw.int(4);
  const secrets = Object.entries(headers).filter(
    ([name]) => forged !== 0 || name.toLowerCase() !== draw.pick(['authorization', 'x-postroute-signature']),
  );
  const changed = secrets.map(
    ([name, value]) =>
      [
        name,
        forged === 1 && draw.chance(0.5)
          ? draw.pick([`${value}0`, 'Bearer x', 'v1=', oddText(draw).replaceAll(/[^\x20-\x7e]/g, '')])
          : value,
      ] as const,
  );
  const said = draw.chance(0.9) ? callback(draw, known) : anyValue(draw);
  return {
    method: 'POST',
    target: draw.chance(0.95) ? path : `${path}${draw.pick(['x', '%00', 'x'.repeat(500)])}`,
    headers: [
      ...changed,
      ['Content-Type', draw.pick(['application/json', 'application/json', 'text/plain', ''])],
      ...(draw.chance(0.5) ? ([['X-PM-Webhook-Trace-Id', `t${draw.int(5000)}`]] as const) : []),
    ],
    body: draw.chance(0.001) ? Buffer.alloc(2 * 1024 * 1024, '7') : written(draw, said),
  };
};

/** What is published below the base path. */
export const askable = (operations: readonly Operation[]): Operation[] =>
  operations.flatMap(({ method, path }) => (path.startsWith(basePath) ? [{ method, path: path.slice(basePath.length) }] : []));

export const generate = (draw: Draw, known: Known, keys: () => string): GeneratedRequest =>
  draw.chance(callbackShare) ? forCallback(draw, known) : forRoute(draw, known, keys);
