/** What Postmark would refuse, checked before we accept (Postmark, "Send" and error 411). Sizes in bytes. */
import type { Attachment, JobPayload } from './records.ts';

export const bodyBytesMax = 5 * 1024 * 1024;
export const messageBytesMax = 10 * 1024 * 1024;
export const subjectMax = 2000;
export const tagMax = 1000;
/** Postmark takes 10; two are ours (`jobId`, `requestId`). */
export const metadataKeysMax = 8;
export const metadataKeyMax = 20;
export const metadataValueMax = 80;
export const reservedMetadataKeys: ReadonlySet<string> = new Set(['jobid', 'requestid']);

const forbiddenExtensions: ReadonlySet<string> = new Set(
  'vbs exe bin bat chm com cpl crt hlp hta inf ins isp jse lnk mdb pcd pif reg scr sct shs vbe vba wsf wsh wsl msc msi msp mst'.split(' '),
);

export type LimitFault =
  | { code: 'message_too_large'; detail: string; pointer: string }
  | { code: 'attachment_forbidden'; detail: string; pointer: string };

const forbidden = (attachments: readonly Attachment[]): LimitFault | null => {
  for (const [index, { filename }] of attachments.entries()) {
    const extension = filename.slice(filename.lastIndexOf('.') + 1).toLowerCase();
    if (filename.includes('.') && forbiddenExtensions.has(extension)) {
      return {
        code: 'attachment_forbidden',
        detail: `attachments of type .${extension} are refused by the provider`,
        pointer: `/attachments/${index}/filename`,
      };
    }
  }
  return null;
};

/** The first limit that the message breaks, or null. `byteLength` measures UTF-8. */
export const brokenLimit = (payload: JobPayload, byteLength: (text: string) => number): LimitFault | null => {
  const html = byteLength(payload.htmlBody ?? '');
  const text = byteLength(payload.textBody ?? '');
  if (html > bodyBytesMax)
    return { code: 'message_too_large', detail: `htmlBody has ${html} bytes, at most ${bodyBytesMax} are taken`, pointer: '/htmlBody' };
  if (text > bodyBytesMax)
    return { code: 'message_too_large', detail: `textBody has ${text} bytes, at most ${bodyBytesMax} are taken`, pointer: '/textBody' };
  const whole = html + text + payload.attachments.reduce((sum, attachment) => sum + attachment.contentBase64.length, 0);
  if (whole > messageBytesMax) {
    return {
      code: 'message_too_large',
      detail: `the message has ${whole} bytes after base64, at most ${messageBytesMax} are taken`,
      pointer: '',
    };
  }
  return forbidden(payload.attachments);
};
