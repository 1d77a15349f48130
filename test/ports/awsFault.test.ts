import { describe, expect, it } from 'vitest';
import { PortFault } from '../../service/core/portFault.ts';
import { kms } from '../../service/ports/kms.ts';
import { route53 } from '../../service/ports/route53.ts';
import { type Answer, closedPort, cut, localServer, silence, stallInBody } from './support/localServer.ts';

process.env['AWS_ACCESS_KEY_ID'] = 'test';
process.env['AWS_SECRET_ACCESS_KEY'] = 'test';

const xmlFault =
  (status: number, code: string, text = 'words of AWS'): Answer =>
  (response) => {
    const body = `<?xml version="1.0"?><ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${text}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  };
const jsonFault =
  (status: number, type: string): Answer =>
  (response) => {
    response
      .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify({ __type: type, message: 'words of AWS' }));
  };
const text =
  (status: number, body: string): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  };

const faultOf = async (call: Promise<unknown>): Promise<PortFault> => {
  const error = await call.then(
    () => null,
    (each: unknown) => each,
  );
  if (!(error instanceof PortFault)) throw new Error(`expected a PortFault, got ${String(error)}`);
  return error;
};

const upsert = (url: string, timeoutMs = 2000) =>
  route53({ endpoint: url, timeoutMs }).change('Z1', [
    { action: 'UPSERT', record: { name: 'a.example', type: 'TXT', ttl: 300, values: ['x'] } },
  ]);
const unwrap = (url: string) =>
  kms({ endpoint: url, region: 'us-east-1', timeoutMs: 2000 }).unwrap('arn:key', Buffer.from('w'), { a: 'b' });

describe('what a failed call to Route 53 means', () => {
  it.each([
    ['InvalidChangeBatch', xmlFault(400, 'InvalidChangeBatch'), { class: 'refused', httpStatus: 400, code: 'InvalidChangeBatch' }],
    ['NoSuchHostedZone', xmlFault(404, 'NoSuchHostedZone'), { class: 'refused', httpStatus: 404, code: 'NoSuchHostedZone' }],
    ['AccessDenied', xmlFault(403, 'AccessDenied'), { class: 'refused', httpStatus: 403, code: 'AccessDenied' }],
    ['Throttling', xmlFault(400, 'Throttling', 'Rate exceeded'), { class: 'throttled', httpStatus: 400, code: 'Throttling' }],
    ['PriorRequestNotComplete', xmlFault(400, 'PriorRequestNotComplete'), { class: 'throttled', code: 'PriorRequestNotComplete' }],
    ['credentials that ran out', xmlFault(403, 'ExpiredToken'), { class: 'unavailable', code: 'ExpiredToken' }],
    ['500', xmlFault(500, 'InternalError'), { class: 'unknown', httpStatus: 500 }],
    ['503', xmlFault(503, 'ServiceUnavailable'), { class: 'unknown', httpStatus: 503 }],
    ['502 from a proxy', text(502, '<html>'), { class: 'unknown', httpStatus: 502 }],
    ['200 with an empty body', text(200, ''), { class: 'unknown' }],
    ['a cut before the answer', cut, { class: 'unknown', httpStatus: null }],
  ] as [string, Answer, Record<string, unknown>][])('%s', async (_, answer, expected) => {
    const server = await localServer(answer);
    const fault = await faultOf(upsert(server.url));
    expect(fault.detail).toMatchObject({ provider: 'route53', operation: 'ChangeResourceRecordSets', ...expected });
    expect(server.received, 'the runner repeats, not the SDK').toHaveLength(1);
  });

  it.each([
    ['no answer', silence],
    ['an answer that never ends', stallInBody],
  ])('%s ends at the deadline, as unknown', async (_, answer) => {
    const server = await localServer(answer);
    const fault = await faultOf(upsert(server.url, 80));
    expect(fault.class).toBe('unknown');
    expect(fault.message).toContain('80 ms');
  });

  it('a refused connection is provably not done', async () => {
    expect((await faultOf(upsert(await closedPort()))).class).toBe('unavailable');
  });
});

describe('what a failed call to KMS means', () => {
  it.each([
    ['DisabledException', jsonFault(400, 'DisabledException'), { class: 'refused', code: 'DisabledException' }],
    ['KMSInvalidStateException', jsonFault(400, 'KMSInvalidStateException'), { class: 'refused', code: 'KMSInvalidStateException' }],
    ['InvalidCiphertextException', jsonFault(400, 'InvalidCiphertextException'), { class: 'refused', code: 'InvalidCiphertextException' }],
    ['AccessDeniedException', jsonFault(400, 'AccessDeniedException'), { class: 'refused', code: 'AccessDeniedException' }],
    ['ThrottlingException', jsonFault(400, 'ThrottlingException'), { class: 'throttled', code: 'ThrottlingException' }],
    ['KeyUnavailableException', jsonFault(500, 'KeyUnavailableException'), { class: 'unavailable', code: 'KeyUnavailableException' }],
    ['KMSInternalException', jsonFault(500, 'KMSInternalException'), { class: 'unknown', code: 'KMSInternalException' }],
    ['a cut before the answer', cut, { class: 'unknown', httpStatus: null }],
    [
      '200 without a key',
      (response) => response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{}'),
      { class: 'unknown' },
    ],
  ] as [string, Answer, Record<string, unknown>][])('%s', async (_, answer, expected) => {
    const server = await localServer(answer);
    const fault = await faultOf(unwrap(server.url));
    expect(fault.detail).toMatchObject({ provider: 'kms', operation: 'Decrypt', ...expected });
    expect(server.received).toHaveLength(1);
  });
});
