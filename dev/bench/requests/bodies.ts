/** Bodies for the routes that take one: good ones, and what becomes of a good one in careless or hostile hands. */
import { anyValue, type Draw, oddText, sayableText } from './draw.ts';

/** A method and a path below the base path; what the caller is to fill in stands in braces. */
export type Operation = { method: string; path: string };

/** What the product under test is known to hold. */
export type Known = {
  /** All that the contract publishes. */
  operations: readonly Operation[];
  operatorKey: string;
  tenantKey: string;
  /** Of the tenant whose key it is. */
  tenant: string;
  /** A configuration of the tenant that may send. */
  configurationEId: string;
  /** Its webhook, with the secrets that the provider presents. */
  hook: { path: string; headers: Readonly<Record<string, string>> };
  /** Jobs that were accepted meanwhile. */
  jobs: string[];
};

const nobody = '0199c1a2-0000-7000-8000-000000000000';

export const address = (draw: Draw): string =>
  draw.chance(0.8)
    ? draw.pick([
        `reader${draw.int(500)}@example.com`,
        `Reader${draw.int(500)}@EXAMPLE.com `,
        `r+${draw.int(50)}@bücher.example`,
        `${'a'.repeat(64)}@example.com`,
      ])
    : draw.pick([
        oddText(draw),
        'a@b',
        'a@b@c.example',
        `${'a'.repeat(65)}@example.com`,
        `a@${'b'.repeat(250)}.example`,
        'Ada <ada@example.com>',
        'a@example.com, b@example.com',
        'a@127.0.0.1',
        `${oddText(draw)}@example.com`,
        `ada@${oddText(draw)}.example`,
      ]);

const optional = (draw: Draw, key: string, value: () => unknown, share = 0.3): Record<string, unknown> =>
  draw.chance(share) ? { [key]: value() } : {};

const attachment = (draw: Draw): unknown => {
  const good = {
    filename: draw.pick(['a.txt', 'b.pdf', 'c.EXE', 'd']),
    contentType: draw.pick(['text/plain', 'application/pdf', 'text/plain; charset=utf-8']),
    contentBase64: draw.pick(['aGk=', 'A'.repeat(4096)]),
  };
  if (draw.chance(0.7)) return good;
  const bad = {
    filename: draw.pick(['../c.txt', `${oddText(draw)}.pdf`]),
    contentType: draw.pick(['text', oddText(draw)]),
    contentBase64: draw.pick(['aGk', '', 'aGk=\n']),
  };
  const key = draw.pick(['filename', 'contentType', 'contentBase64'] as const);
  return { ...good, [key]: bad[key] };
};

export const message = (draw: Draw, { configurationEId }: Known): Record<string, unknown> => ({
  configurationEId: draw.chance(0.95) ? configurationEId : draw.pick([nobody, configurationEId.toUpperCase(), 'x']),
  recipient: address(draw),
  subject: sayableText(draw),
  textBody: draw.chance(0.95) ? `${sayableText(draw)}\r\n\t${sayableText(draw)}` : '',
  ...optional(draw, 'htmlBody', () => `<p>${sayableText(draw)}</p>`),
  ...optional(draw, 'replyToEmail', () => address(draw)),
  ...optional(draw, 'tag', () => sayableText(draw)),
  ...optional(draw, 'metadata', () =>
    Object.fromEntries(Array.from({ length: draw.int(10) }, (_, n) => [`k${n}`, sayableText(draw).slice(0, 81)])),
  ),
  ...optional(draw, 'attachments', () => Array.from({ length: draw.int(3) }, () => attachment(draw)), 0.1),
});

export const batch = (draw: Draw, known: Known, keys: () => string): Record<string, unknown> => ({
  items: Array.from({ length: draw.chance(0.02) ? 501 : draw.pick([0, 1, 1, 2, 2, 5, 5, 20]) }, () => ({
    ...optional(draw, 'idempotencyKey', keys, 0.97),
    ...(draw.chance(0.8) ? message(draw, known) : (mutated(draw, message(draw, known)) as object)),
  })),
});

export const configuration = (draw: Draw): Record<string, unknown> => ({
  sendingDomainSlug: draw.chance(0.7) ? `s${draw.int(1e9).toString(36)}` : draw.pick([oddText(draw), 'Acme', '-a', 'a'.repeat(64)]),
  ...optional(draw, 'signatureRequest', () => ({
    ...optional(draw, 'fromLocalPart', () => draw.pick(['noreply', oddText(draw)])),
    ...optional(draw, 'fromName', () => draw.pick([sayableText(draw), oddText(draw)])),
    ...optional(draw, 'replyToEmail', () => address(draw)),
  })),
});

export const signal = (draw: Draw): unknown => ({
  ...optional(draw, 'reason', () => oddText(draw)),
  ...optional(draw, 'adopt', () => draw.chance(0.5)),
});

const minutes = (draw: Draw): string => new Date(Date.UTC(2026, 0, 1) + draw.int(1e6) * 60_000).toISOString();

/** What Postmark might report, of jobs that are known, of others, and of nothing. */
export const callback = (draw: Draw, { jobs }: Known): Record<string, unknown> => {
  const type = draw.pick(['Delivery', 'Bounce', 'SpamComplaint', 'Open', 'Click', 'SubscriptionChange', 'Inbound', oddText(draw)]);
  return {
    RecordType: type,
    MessageID: draw.pick([nobody, null, oddText(draw)]),
    ...optional(
      draw,
      'Metadata',
      () => ({ jobId: jobs.length > 0 && draw.chance(0.5) ? draw.pick(jobs) : draw.pick([nobody, oddText(draw)]) }),
      0.8,
    ),
    ...optional(
      draw,
      type === 'Bounce' || type === 'SpamComplaint' ? 'Email' : 'Recipient',
      () => `feedback${draw.int(500)}@example.com`,
      0.9,
    ),
    ...optional(draw, 'Type', () => draw.pick(['HardBounce', 'SoftBounce', 'Transient', oddText(draw)]), 0.9),
    DeliveredAt: minutes(draw),
    BouncedAt: minutes(draw),
    ReceivedAt: draw.chance(0.9) ? minutes(draw) : draw.pick(['', 'yesterday', '+275760-09-13T00:00:00Z', oddText(draw)]),
    ChangedAt: minutes(draw),
    SuppressSending: draw.chance(0.9) ? draw.chance(0.5) : anyValue(draw),
    SuppressionReason: draw.pick(['HardBounce', 'SpamComplaint', 'ManualSuppression', null, oddText(draw)]),
    ...optional(draw, oddText(draw), () => anyValue(draw), 0.2),
  };
};

/** One member is lost, replaced by anything, or joined by another. */
export const mutated = (draw: Draw, body: Record<string, unknown>): unknown => {
  const keys = Object.keys(body);
  const [key, other] = [keys.length === 0 ? 'a' : draw.pick(keys), oddText(draw)];
  const { [key]: _, ...without } = body;
  return draw.pick<() => unknown>([
    () => without,
    () => ({ ...body, [key]: anyValue(draw) }),
    () => ({ ...body, [other]: anyValue(draw) }),
    () => anyValue(draw),
  ])();
};

/** As it goes over the wire: mostly JSON, sometimes what is left of it. */
export const written = (draw: Draw, body: unknown): Buffer => {
  const text = JSON.stringify(body) ?? '';
  if (draw.chance(0.85)) return Buffer.from(text);
  return draw.pick<() => Buffer>([
    () => Buffer.from(text.slice(0, draw.int(text.length + 1))),
    () => Buffer.from(text.replace(/"/, '')),
    () => Buffer.concat([Buffer.from(text.slice(0, 5)), Buffer.from([0xff, 0xfe, 0x00, 0x80]), Buffer.from(text.slice(5))]),
    () => Buffer.from(`\ufeff${text}`),
    () => Buffer.from('['.repeat(draw.pick([10, 5000, 50_000]))),
    () => Buffer.from(`{"__proto__":{"admin":true},"constructor":{"prototype":{}},${text.slice(1)}`),
    () => Buffer.from(text.replace('{', '{"subject":"twice",')),
    () => Buffer.from('1e999'),
    () => Buffer.from('nothing of the kind'),
    () => Buffer.alloc(0),
    () => Buffer.from(text, 'utf16le'),
  ])();
};
