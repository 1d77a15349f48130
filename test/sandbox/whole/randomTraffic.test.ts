/** Random traffic on Route 53, KMS, the other AWS services and DNS: nothing answers 500, and what must hold of a zone goes on holding. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readQuery } from '../../../sandbox/dns/query.ts';
import { writeReply } from '../../../sandbox/dns/reply.ts';
import { answerQuestion } from '../../../sandbox/dns/zoneAnswer.ts';
import { everyOperation } from '../../../sandbox/route53/operationNames.ts';
import { questionPacket } from '../support/dnsQuestion.ts';
import { sandboxFixture } from '../support/sandboxFixture.ts';
import { violations } from './zoneInvariants.ts';

const sandbox = await sandboxFixture({ seed: 11 });
const { addresses, rooms } = sandbox;
const root = 'dev.ardamails.com';
const seed = 20_260_102;

const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=00' };

async function statusOf(url: string, init: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.arrayBuffer();
  return response.status;
}

const escapeXml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const label = fc.constantFrom('a', 'b', '*', 'A', '_dmarc', 'x'.repeat(63), 'y'.repeat(64), 'ü', 'a b', '\\052', '');
const name = fc.array(label, { maxLength: 3 }).map((labels) => [...labels, root].join('.'));
const anyName = fc.oneof(
  { weight: 6, arbitrary: name },
  fc.constantFrom('example.org', '.', '..', root, `${root}.`),
  fc.string({ maxLength: 20 }),
);
describe('Route 53', () => {
  const body = fc.oneof(
    fc.constant(''),
    fc.string({ maxLength: 60 }),
    fc.constantFrom('<a>', '<a></b>', '<CreateHostedZoneRequest/>', '<?xml version="1.0"?><x>&undefined;</x>', '<x>&#0;</x>', '{}'),
    fc
      .record({ zone: anyName, reference: fc.string({ maxLength: 10 }) })
      .map(
        (asked) =>
          `<CreateHostedZoneRequest><Name>${escapeXml(asked.zone)}</Name><CallerReference>${escapeXml(asked.reference)}</CallerReference></CreateHostedZoneRequest>`,
      ),
  );
  const segment = fc.oneof(
    fc.constantFrom(sandbox.zoneId, 'hostedzone', 'ZNONE', '%E0', '%2F', 'MAX_RRSETS_BY_ZONE', 'constructor'),
    fc.webSegment(),
  );
  const query = fc.dictionary(
    fc.constantFrom(
      'name',
      'type',
      'identifier',
      'maxitems',
      'marker',
      'dnsname',
      'hostedzoneid',
      'recordname',
      'recordtype',
      'nexttoken',
      'maxresults',
      'delegationsetid',
    ),
    fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('A', root, '0', '-1', '1', '99999', sandbox.zoneId)),
    { maxKeys: 3 },
  );
  const call = fc.record({
    operation: fc.constantFrom(...everyOperation),
    segments: fc.array(segment, { minLength: 4, maxLength: 4 }),
    query,
    body,
  });

  it('never answers 500 to any operation, whatever its path, query and body', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(call, async ({ operation, segments, query: asked, body: text }) => {
        let index = 0;
        const path = operation.path.replaceAll('{x}', () => segments[index++] ?? 'x');
        const url = `${addresses.route53}${path}?${new URLSearchParams(asked)}`;
        const init = { method: operation.method, headers: signed, ...(operation.method === 'POST' ? { body: text } : {}) };
        expect([200, 201, 400, 403, 404, 409, 501]).toContain(await statusOf(url, init));
        for (const zone of rooms.route53.zones.all()) expect(violations(zone)).toEqual([]);
      }),
      { numRuns: 500, seed },
    );
  });
});

describe('JSON and Query services', () => {
  const member = fc.constantFrom(
    ...['KeyId', 'Plaintext', 'CiphertextBlob', 'KeySpec', 'NumberOfBytes', 'EncryptionContext', 'Limit', 'Marker', 'PendingWindowInDays'],
    ...['AliasName', 'TargetKeyId', 'RotationPeriodInDays', 'IncludeKeyMaterial', 'SourceKeyId', 'DestinationKeyId', 'Description'],
    ...[
      'SecretId',
      'Name',
      'SecretString',
      'SecretBinary',
      'VersionId',
      'VersionStage',
      'Filters',
      'Tags',
      'TagKeys',
      'NextToken',
      'MaxResults',
    ],
    ...[
      'Value',
      'Type',
      'Names',
      'Path',
      'Overwrite',
      'Labels',
      'ParameterFilters',
      'AllowedPattern',
      'ResourceId',
      'ResourceType',
      'RecoveryWindowInDays',
    ],
  );
  const useful = fc.constantFrom<unknown>(
    sandbox.kmsKeyArn,
    'alias/postroute',
    'AAAA',
    '/a/b',
    'String',
    'x',
    1,
    0,
    -1,
    1e9,
    true,
    null,
    [],
    {},
    ['x'],
    { a: 'b' },
  );
  const input = fc.dictionary(member, fc.oneof({ weight: 3, arbitrary: useful }, fc.jsonValue({ maxDepth: 2 })), { maxKeys: 5 });
  const jsonNames = fc.constantFrom(
    ...[
      'Encrypt',
      'Decrypt',
      'GenerateDataKey',
      'CreateKey',
      'DescribeKey',
      'ListKeys',
      'ScheduleKeyDeletion',
      'CancelKeyDeletion',
      'DisableKey',
      'EnableKey',
      'CreateAlias',
      'UpdateAlias',
      'DeleteAlias',
      'ListAliases',
      'EnableKeyRotation',
      'DisableKeyRotation',
      'GetKeyRotationStatus',
      'RotateKeyOnDemand',
      'ListKeyRotations',
      'GetKeyLastUsage',
      'UpdateKeyDescription',
      'GenerateDataKeyWithoutPlaintext',
      'GenerateRandom',
      'ReEncrypt',
    ].map((each) => `TrentService.${each}`),
    ...[
      'CreateSecret',
      'GetSecretValue',
      'PutSecretValue',
      'UpdateSecret',
      'DeleteSecret',
      'RestoreSecret',
      'ListSecrets',
      'BatchGetSecretValue',
      'GetRandomPassword',
      'TagResource',
      'constructor',
    ].map((each) => `secretsmanager.${each}`),
    ...[
      'PutParameter',
      'GetParameter',
      'GetParameters',
      'GetParametersByPath',
      'DescribeParameters',
      'GetParameterHistory',
      'LabelParameterVersion',
      'DeleteParameters',
      'AddTagsToResource',
    ].map((each) => `AmazonSSM.${each}`),
  );

  it('never answer 500 to JSON', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(jsonNames, input, async (target, asked) => {
        const init = { method: 'POST', headers: { ...signed, 'x-amz-target': target }, body: JSON.stringify(asked) };
        expect([200, 400], `${target} ${JSON.stringify(asked)}`).toContain(await statusOf(addresses.aws, init));
      }),
      { numRuns: 1200, seed },
    );
  });

  const formKey = fc.oneof(
    fc.constantFrom(
      'RoleArn',
      'RoleSessionName',
      'DurationSeconds',
      'StackName',
      'NextToken',
      'ExportName',
      'StackStatusFilter.member.1',
      '__proto__.x',
      'a.b.c',
      'Tags.member.x',
    ),
    fc.string({ maxLength: 12 }),
  );
  const form = fc.dictionary(
    formKey,
    fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('arn:aws:iam::123456789012:role/r', 'ss', '900')),
    { maxKeys: 5 },
  );
  const action = fc.constantFrom(
    'GetCallerIdentity',
    'AssumeRole',
    'AssumeRoleWithWebIdentity',
    'DescribeStacks',
    'ListExports',
    'ListStacks',
    'ListImports',
    'toString',
    'x y',
  );

  it('never answer 500 to forms', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(action, fc.constantFrom('2011-06-15', '2010-05-15', '2000-01-01'), form, async (Action, Version, fields) => {
        const init = { method: 'POST', headers: signed, body: new URLSearchParams({ ...fields, Action, Version }) };
        expect([200, 400, 403], `${Action} ${JSON.stringify(fields)}`).toContain(await statusOf(addresses.aws, init));
      }),
      { numRuns: 400, seed },
    );
  });
});

describe('DNS', () => {
  const question = fc
    .tuple(name, fc.constantFrom('A', 'TXT', 'SOA', 'NS', 'CNAME'))
    .filter(([asked]) => asked.split('.').every((part) => part.length > 0 && Buffer.byteLength(part) < 64))
    .map(([asked, kind]) => questionPacket({ name: asked, type: kind as 'A', ednsSize: 1232 }));
  const mutated = fc
    .tuple(question, fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 6 }), fc.nat(130))
    .map(([packet, edits, cut]) => {
      const bytes = Buffer.from(packet.subarray(0, Math.max(0, cut > 100 ? packet.length : cut)));
      for (const [at, byte] of edits) if (at < bytes.length) bytes.writeUInt8(byte, at);
      return bytes;
    });
  const packet = fc.oneof(
    question,
    mutated,
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  );

  it('reads any octets without a throw, and every answer is a message that fits, for the question that was asked', () => {
    const { zones } = rooms.route53;
    fc.assert(
      fc.property(packet, (raw) => {
        const query = readQuery(raw);
        if (query === null) return;
        const reply =
          query.question === null || query.isMalformed
            ? { rcode: 'FORMERR' as const, authoritative: false, answers: [], authorities: [], additionals: [] }
            : answerQuestion(zones, query.question.name, query.question.type);
        const bytes = writeReply(query, reply, 'udp');
        expect(bytes.length).toBeLessThanOrEqual(1232);
        expect(bytes.readUInt16BE(0)).toBe(query.id);
        expect(bytes.readUInt8(2) & 0x80).toBe(0x80);
        if (query.question !== null) expect(bytes.subarray(12, 12 + query.question.bytes.length)).toEqual(query.question.bytes);
      }),
      { numRuns: 3000, seed },
    );
  });
});
