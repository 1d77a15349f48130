import type { Json } from '../../world/world.ts';
import { objectOf, textIn } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';

const forbiddenExtensions = new Set(
  'vbs exe bin bat chm com cpl crt hlp hta inf ins isp jse lnk mdb pcd pif reg scr sct shs vbe vba wsf wsh wsl msc msi msp mst'.split(' '),
);

const base64Pattern = /^[A-Za-z0-9+/]*={0,2}$/;

export type Attachment = { name: string; contentType: string; base64Bytes: number };

/** Content is checked and measured, then forgotten: Postmark never gives an attachment back. */
export function attachmentsIn(items: readonly Json[]): Attachment[] {
  return items.map((item) => {
    const body = objectOf(item, ['Name', 'Content', 'ContentType', 'ContentID']);
    const name = textIn(body, 'Name') ?? '';
    const content = (textIn(body, 'Content') ?? '').replace(/[\r\n]/g, '');
    const contentType = textIn(body, 'ContentType') ?? '';
    textIn(body, 'ContentID');
    if (name === '') throw new Refusal(300, "An attachment has no 'Name'.");
    if (contentType === '') throw new Refusal(300, `The attachment '${name}' has no 'ContentType'.`);
    const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
    if (name.includes('.') && forbiddenExtensions.has(extension)) {
      throw new Refusal(411, `The attachment '${name}' has a file type that is not allowed: '.${extension}'.`);
    }
    if (content === '' || content.length % 4 !== 0 || !base64Pattern.test(content)) {
      throw new Refusal(300, `The 'Content' of attachment '${name}' is not valid base64.`);
    }
    return { name, contentType, base64Bytes: content.length };
  });
}
