/** The gates before a promise to send, and the limits of a message. */
import { describe, expect, test } from 'vitest';
import { administrativeStates, operationalStates } from '../../../service/core/configuration/records.ts';
import { firstRefusal, type GateFacts, gateNames, runGates } from '../../../service/core/job/gates.ts';
import { bodyBytesMax, brokenLimit, messageBytesMax } from '../../../service/core/job/limits.ts';
import type { JobPayload } from '../../../service/core/job/records.ts';
import { epoch } from '../../support/configurationBuilder.ts';

const open: GateFacts = {
  operational: 'OK',
  administrative: 'UNLOCKED',
  draining: null,
  keyVersionId: 'k1',
  keyLoaded: true,
  keyTrouble: null,
  providerPause: null,
  suppression: null,
};
const shut: GateFacts = {
  operational: 'FAILURE',
  administrative: 'LOCKED',
  draining: null,
  keyVersionId: 'k1',
  keyLoaded: false,
  keyTrouble: null,
  providerPause: { code: 'postmark_405', since: epoch },
  suppression: { reason: 'HardBounce', since: epoch },
};

describe('gates', () => {
  test('all of them are run, in one order, each with its evidence', () => {
    for (const facts of [open, shut]) expect(runGates(facts).map(({ gate }) => gate)).toEqual([...gateNames]);
    expect(runGates(open).every(({ passes }) => passes)).toBe(true);
    expect(runGates(shut).some(({ passes }) => passes)).toBe(false);
    for (const { evidence } of runGates(shut)) expect(evidence).not.toBe('');
  });

  test('each looks at its own fact alone', () => {
    const single: [gate: string, facts: Partial<GateFacts>][] = [
      ['operational', { operational: 'FAILURE' }],
      ['administrative', { administrative: 'LOCKING' }],
      ['keyLoaded', { keyLoaded: false }],
      ['providerOpen', { providerPause: shut.providerPause }],
      ['recipientAllowed', { suppression: { reason: 'HardBounce', since: epoch } }],
    ];
    for (const [gate, facts] of single)
      expect(
        runGates({ ...open, ...facts })
          .filter(({ passes }) => !passes)
          .map((result) => result.gate),
      ).toEqual([gate]);
  });

  test('the first that refuses is named: operational, then administrative, then the recipient', () => {
    expect(firstRefusal(shut)?.gate).toBe('operational');
    expect(firstRefusal({ ...shut, operational: 'OK' })?.gate).toBe('administrative');
    expect(firstRefusal({ ...shut, operational: 'OK', administrative: 'UNLOCKED' })?.gate).toBe('recipientAllowed');
    expect(firstRefusal(open)).toBeNull();
  });

  test('a missing key and a shut account delay a message, and do not refuse it', () => {
    expect(firstRefusal({ ...open, keyLoaded: false, providerPause: shut.providerPause })).toBeNull();
  });

  test('only OK or DEGRADED, and UNLOCKED, lets a message in', () => {
    for (const operational of operationalStates)
      for (const administrative of administrativeStates) {
        const passes = (operational === 'OK' || operational === 'DEGRADED') && administrative === 'UNLOCKED';
        expect([operational, administrative, firstRefusal({ ...open, operational, administrative }) === null]).toEqual([
          operational,
          administrative,
          passes,
        ]);
      }
  });
});

const message: JobPayload = {
  recipient: 'bob@example.com',
  replyToEmail: null,
  subject: 's',
  htmlBody: null,
  textBody: 't',
  tag: null,
  metadata: {},
  attachments: [],
};
const limit = (given: Partial<JobPayload>) => brokenLimit({ ...message, ...given }, Buffer.byteLength);
const attachment = (filename: string, bytes = 4) => ({ filename, contentType: 'text/plain', contentBase64: 'A'.repeat(bytes) });

describe('limits', () => {
  test.each<[string, Partial<JobPayload>, { code: string; pointer: string } | null]>([
    ['a small message', {}, null],
    ['a body at the limit', { htmlBody: 'x'.repeat(bodyBytesMax) }, null],
    ['a byte more of HTML', { htmlBody: 'x'.repeat(bodyBytesMax + 1) }, { code: 'message_too_large', pointer: '/htmlBody' }],
    ['a byte more of text', { textBody: 'x'.repeat(bodyBytesMax + 1) }, { code: 'message_too_large', pointer: '/textBody' }],
    [
      'bytes are counted, not characters',
      { textBody: 'é'.repeat(bodyBytesMax / 2 + 1) },
      { code: 'message_too_large', pointer: '/textBody' },
    ],
    ['the whole at the limit', { textBody: '', attachments: [attachment('a', messageBytesMax)] }, null],
    [
      'the whole a byte over it',
      { textBody: 'x', attachments: [attachment('a', messageBytesMax)] },
      { code: 'message_too_large', pointer: '' },
    ],
    [
      'a forbidden type',
      { attachments: [attachment('a.txt'), attachment('b.EXE')] },
      { code: 'attachment_forbidden', pointer: '/attachments/1/filename' },
    ],
    ['the last extension counts', { attachments: [attachment('a.exe.txt')] }, null],
    [
      'a forbidden last extension',
      { attachments: [attachment('a.txt.vbs')] },
      { code: 'attachment_forbidden', pointer: '/attachments/0/filename' },
    ],
    ['no extension', { attachments: [attachment('exe')] }, null],
  ])('%s', (_name, given, expected) => {
    if (expected === null) expect(limit(given)).toBeNull();
    else expect(limit(given)).toMatchObject(expected);
  });

  test.each(
    'vbs exe bin bat chm com cpl crt hlp hta inf ins isp jse lnk mdb pcd pif reg scr sct shs vbe vba wsf wsh wsl msc msi msp mst'.split(
      ' ',
    ),
  )('.%s is refused, as Postmark would', (extension) =>
    expect(limit({ attachments: [attachment(`a.${extension}`)] })?.code).toBe('attachment_forbidden'),
  );
});
