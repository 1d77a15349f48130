/** A tenant that can send, by the official client. */
import { AccountClient, type Models, ServerClient } from 'postmark';
import type { SandboxFixture } from '../support/sandboxFixture.ts';

export type Mailbox = { send(to: string, subject: string, more?: Partial<Models.Message>): Promise<string> };

const html = (image: string): string =>
  `<h1>Hello</h1><script>parent.document.title = "owned"; document.title = "owned"</script><img src="${image}">`;

/** `image`: what the HTML would fetch if it could. */
export async function mailbox(sandbox: SandboxFixture, image = 'http://127.0.0.1:9/x.png'): Promise<Mailbox> {
  const options = { useHttps: false, requestHost: new URL(sandbox.addresses.postmark).host };
  const account = new AccountClient(sandbox.accountToken, options);
  const server = await account.createServer({ Name: 'ardamails-dev-acme' });
  const domain = await account.createDomain({ Name: 'acme.dev.ardamails.com', ReturnPathDomain: 'pm-bounces.acme.dev.ardamails.com' });
  await sandbox.post('/route53/record', {
    action: 'UPSERT',
    name: domain.DKIMPendingHost,
    type: 'TXT',
    values: [domain.DKIMPendingTextValue],
  });
  await account.verifyDomainDKIM(domain.ID);
  const client = new ServerClient(server.ApiTokens[0] ?? '', options);
  return {
    send: async (To, Subject, more = {}) => {
      const message = { From: 'noreply@acme.dev.ardamails.com', To, Subject, HtmlBody: html(image), TextBody: 'Hello', Tag: 'receipt' };
      return (await client.sendEmail({ ...message, Metadata: { jobId: `job-${Subject}` }, TrackOpens: true, ...more })).MessageID;
    },
  };
}
