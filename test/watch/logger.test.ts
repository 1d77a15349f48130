import { describe, expect, it } from 'vitest';
import { PortFault } from '../../service/core/portFault.ts';
import { createLogger, type LogLine } from '../../service/watch/logger.ts';

function logger(options: { secrets?: string[]; level?: string } = {}) {
  const lines: string[] = [];
  const forwarded: LogLine[] = [];
  const log = createLogger({
    level: options.level ?? 'trace',
    base: { service: 'postroute', partition: 'Alpha002-dev' },
    secrets: () => options.secrets ?? [],
    forward: (line) => forwarded.push(line),
    stream: { write: (line) => void lines.push(line) },
  });
  return { log, lines, forwarded, last: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') };
}

describe('a line', () => {
  it('is JSON with level, time, base fields, message and the request it belongs to', () => {
    const { log, last } = logger();
    log.child({ requestId: 'r1' }).info({ eId: 'e1' }, 'hello');
    expect(last()).toMatchObject({
      level: 'info',
      service: 'postroute',
      partition: 'Alpha002-dev',
      requestId: 'r1',
      eId: 'e1',
      msg: 'hello',
    });
    expect(String(last()['time'])).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('of a request names the route’s pattern and never the path', () => {
    const { log, lines, last } = logger();
    log.info({
      req: { method: 'POST', url: '/job/postmark-events/CANARY', routeOptions: { url: '/job/postmark-events/:routingToken' } },
      res: { statusCode: 200 },
    });
    expect(last()).toMatchObject({ req: { method: 'POST', route: '/job/postmark-events/:routingToken' }, res: { status: 200 } });
    expect(lines.join()).not.toContain('CANARY');
  });

  it('of an error tells its words, its code and its detail, and of the cause only the kind', () => {
    const { log, lines, last } = logger();
    const detail = { class: 'refused', provider: 'postmark', operation: 'POST /servers', httpStatus: 422, code: '603' } as const;
    log.error(new PortFault(detail, 'the name exists', Object.assign(new TypeError('CANARY'), { request: { token: 'CANARY' } })));
    expect(last()['err']).toMatchObject({ type: 'PortFault', message: 'the name exists', detail, causedBy: 'TypeError' });
    expect(lines.join()).not.toContain('CANARY');
  });
});

describe('no secret reaches a line, at any level', () => {
  const canary = 'CANARY-7f3c0b1e';
  const cases: [string, object | string][] = [
    ['a header', { headers: { Authorization: `Bearer ${canary}` } }],
    ['a token of Postmark’s', { server: { ID: 1, ApiTokens: [canary] } }],
    ['a deep one', { a: { b: { c: [{ serverToken: canary }] } } }],
    ['other spellings', { 'x-postmark-server-token': canary, routing_token: canary, databaseUrl: canary, signing_key: canary }],
    ['a bearer in a text', `sent Bearer ${canary}`],
    ['a bearer in a quoted text', { body: JSON.stringify({ h: `Bearer ${canary}` }) }],
    ['a routing token in a path', { url: `https://svc/v1/shop-access/email/job/postmark-events/${canary}?x=1` }],
    ['a password in an address', { text: `postgres://user:${canary}@localhost/db` }],
    ['an error’s text', { err: new Error(`connect postgres://user:${canary}@localhost/db`) }],
    ['an error’s detail', { err: Object.assign(new Error('x'), { detail: { token: canary } }) }],
    ['an error under another name', { failure: new Error(`Bearer ${canary}`) }],
    ['bytes', { key: Buffer.from(canary) }],
  ];
  it.each(cases.flatMap(([name, what]) => (['trace', 'info', 'fatal'] as const).map((level) => [name, level, what] as const)))(
    '%s (%s)',
    (_, level, what) => {
      const { log, lines, forwarded } = logger();
      if (typeof what === 'string') log[level](what);
      else log[level](what, 'm');
      expect(lines).toHaveLength(1);
      expect(() => JSON.parse(lines[0] ?? '')).not.toThrow();
      expect(lines.join() + JSON.stringify(forwarded)).not.toContain(canary);
      expect(lines.join()).not.toContain(Buffer.from(canary).toString('base64'));
    },
  );

  it('a value that the process knows to be secret is masked wherever it stands, quotes and all', () => {
    const secret = 'p"a\\ss-word';
    const { log, lines } = logger({ secrets: [secret, ''] });
    log.info({ odd: { place: `x${secret}y` } }, `and ${secret}`);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ odd: { place: 'x[redacted]y' }, msg: 'and [redacted]' });
  });

  it('a cycle ends', () => {
    const { log, lines } = logger();
    const self: Record<string, unknown> = {};
    self['self'] = self;
    log.info({ self });
    expect(lines[0]).toContain('[deeper]');
  });
});

describe('forwarding', () => {
  it('takes warnings and worse, and the lines of the five families', () => {
    const { log, forwarded } = logger();
    log.info({ req: {} }, 'request completed');
    log.info({ event: 'email.send.attempt', outcome: 'accepted' }, 'sent');
    log.info({ event: 'other' }, 'mentions "event":"email.x" in passing');
    log.warn('careful');
    expect(forwarded.map(({ level, message }) => [level, message])).toEqual([
      ['info', 'sent'],
      ['warn', 'careful'],
    ]);
    expect(forwarded[0]?.fields).toMatchObject({ event: 'email.send.attempt', outcome: 'accepted' });
  });
});
