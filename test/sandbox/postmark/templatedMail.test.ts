import { Models } from 'postmark';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailTo, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';
import { allTriggers, startReceiver } from './webhookReceiver.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
let templateId: number;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
  await postmark.verifiedDomain();
  const content = { Subject: 'Hi {{name}}', HtmlBody: '<p>{{name}} {{#each items}}{{.}};{{/each}}</p>', TextBody: '{{name}}' };
  templateId = (await server.client.createTemplate({ Name: 'Welcome', Alias: 'welcome', ...content })).TemplateId;
});
afterEach(() => postmark.close());

const { Subject: _subject, TextBody: _textBody, ...bare } = mailTo('a@example.com');
const mail = (more: object = {}) => ({ ...bare, TemplateId: templateId, TemplateModel: { name: 'Jo & Al' }, ...more });
const call = (path: string, body: object, token = server.token) => postmark.call('POST', path, { server: token, body: body as never });
const unfit = { TemplateModel: { name: 'Jo', items: 'none' } };

describe('a message with a template', () => {
  it('is sent with what the template makes of its model, escaped in HTML alone', async () => {
    const { MessageID, ...answer } = await server.client.sendEmailWithTemplate(
      mail({ TemplateModel: { name: 'Jo & Al', items: [1, 2] } }) as never,
    );
    expect(answer).toEqual({ To: 'a@example.com', SubmittedAt: expect.any(String), ErrorCode: 0, Message: 'OK' });
    expect(await server.client.getOutboundMessageDetails(MessageID)).toMatchObject({
      Subject: 'Hi Jo & Al',
      HtmlBody: '<p>Jo &amp; Al 1;2;</p>',
      TextBody: 'Jo & Al',
    });
  });

  it('names it by id or by alias, and takes InlineCss for what it is', async () => {
    await server.client.sendEmailWithTemplate(mail({ TemplateId: undefined, TemplateAlias: 'WELCOME', InlineCss: false }) as never);
    expect(postmark.room.mail({})).toMatchObject({ items: [{ Subject: 'Hi Jo & Al' }] });
  });

  it('is framed by the template’s layout, where that has a part', async () => {
    await server.client.createTemplate({
      Name: 'F',
      Alias: 'f',
      TemplateType: Models.TemplateTypes.Layout,
      HtmlBody: '<b>{{co}}</b>{{{@content}}}',
    });
    await server.client.editTemplate(templateId, { LayoutTemplate: 'f' });
    const { MessageID } = await server.client.sendEmailWithTemplate(mail({ TemplateModel: { name: 'Jo', co: 'Acme' } }) as never);
    expect(await server.client.getOutboundMessageDetails(MessageID)).toMatchObject({ HtmlBody: '<b>Acme</b><p>Jo </p>', TextBody: 'Jo' });
  });

  it('uses the template as it is by then', async () => {
    await server.client.sendEmailWithTemplate(mail() as never);
    await server.client.editTemplate(templateId, { Subject: 'Bye {{name}}' });
    await server.client.sendEmailWithTemplate(mail() as never);
    expect(postmark.room.mail({})).toMatchObject({ items: [{ Subject: 'Hi Jo & Al' }, { Subject: 'Bye Jo & Al' }] });
  });

  const refusals: [string, object, number][] = [
    ['a template there is not', { TemplateId: 1 }, 1101],
    ['an alias there is not', { TemplateId: undefined, TemplateAlias: 'none' }, 1101],
    ['a layout', { TemplateId: undefined, TemplateAlias: 'frame' }, 1101],
    ['no template', { TemplateId: undefined }, 1101],
    ['no model', { TemplateModel: undefined }, 1120],
    ['a model that is a list', { TemplateModel: [] }, 1122],
    ['a model of 200 levels', { TemplateModel: JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`) }, 1122],
    ['a model that does not fit', unfit, 1122],
    ['a subject of its own', { Subject: 'x' }, 1123],
    ['a body of its own', { HtmlBody: 'x' }, 1123],
    ['a field there is not', { Colour: 'red' }, 403],
    ['an id that is text', { TemplateId: 'welcome' }, 402],
    ['a sender nobody signed', { From: 'x@elsewhere.com' }, 400],
    ['no recipients', { To: '' }, 300],
    ['a stream there is not', { MessageStream: 'none' }, 1235],
  ];
  it.each(refusals)('with %s is refused', async (_case, more, code) => {
    await server.client.createTemplate({
      Name: 'F',
      Alias: 'frame',
      TemplateType: Models.TemplateTypes.Layout,
      HtmlBody: '{{{@content}}}',
    });
    const answer = await call('/email/withTemplate', mail(more));
    expect([answer.status, answer.body]).toEqual([422, { ErrorCode: code, Message: expect.any(String) }]);
    expect(postmark.room.mail({})).toEqual({ items: [] });
  });

  it.each(['TemplateId', 'TemplateAlias', 'TemplateModel', 'InlineCss'])('%s without the way for templates is 1123', async (field) => {
    const answer = await call('/email', mailTo('a@example.com', { [field]: field === 'InlineCss' ? true : 'x' }));
    expect([answer.status, answer.body]).toEqual([422, { ErrorCode: 1123, Message: expect.stringContaining(field) }]);
  });

  it('that its model does not fit can be taken and bounce for it, by a switch', async () => {
    const receiver = await startReceiver();
    try {
      await server.client.createWebhook({ Url: receiver.url, Triggers: allTriggers });
      postmark.world.settings.apply({ templateModelFault: 'bounce' });
      const { MessageID } = await server.client.sendEmailWithTemplate(mail(unfit) as never);
      await postmark.settle();
      const { Bounces } = await server.client.getBounces();
      expect(Bounces).toMatchObject([{ Type: 'TemplateRenderingFailed', TypeCode: 100010, MessageID, Inactive: false }]);
      expect(receiver.received.map(({ body }) => [body['RecordType'], body['Type']])).toEqual([['Bounce', 'TemplateRenderingFailed']]);
    } finally {
      await receiver.close();
    }
  });
});

describe('a batch with templates', () => {
  it('is HTTP 200 whatever its items did, in their order', async () => {
    const answers = await server.client.sendEmailBatchWithTemplates([
      mail({ To: 'first@example.com' }),
      mail({ TemplateId: 1 }),
      mail(unfit),
      mail({ To: 'last@example.com' }),
    ] as never);
    expect(answers.map((answer) => [answer.ErrorCode, answer.To])).toEqual([
      [0, 'first@example.com'],
      [1101, undefined],
      [1122, undefined],
      [0, 'last@example.com'],
    ]);
    expect(Object.keys(answers[1] ?? {})).toEqual(['ErrorCode', 'Message']);
  });

  it('holds 500 messages and not one more', async () => {
    const mails = Array.from({ length: 501 }, (_, i) => mail({ To: `r${i}@example.com` }));
    await expect(server.client.sendEmailBatchWithTemplates(mails as never)).rejects.toMatchObject({ code: 410, statusCode: 422 });
    expect(await server.client.sendEmailBatchWithTemplates(mails.slice(1) as never)).toHaveLength(500);
  });

  it.each([
    [[], 402],
    [{}, 402],
    [{ Messages: 'all' }, 402],
    [{ Messages: [], Colour: 'red' }, 403],
  ])('%o is %i', async (body, code) => {
    expect((await call('/email/batchWithTemplates', body)).body).toMatchObject({ ErrorCode: code });
  });
});

describe('the test token', () => {
  it('looks at the message and not for the template, and keeps nothing', async () => {
    const answer = await call('/email/withTemplate', mail({ TemplateId: 1 }), 'POSTMARK_API_TEST');
    expect(answer).toMatchObject({ status: 200, body: { ErrorCode: 0, Message: 'Test job accepted' } });
    const batch = await call(
      '/email/batchWithTemplates',
      { Messages: [mail(), mail({ To: 'x' }), mail({ TemplateModel: 1 })] },
      'postmark_api_test',
    );
    expect(batch.body).toMatchObject([{ ErrorCode: 0 }, { ErrorCode: 300 }, { ErrorCode: 1122 }]);
    expect(postmark.room.mail({})).toEqual({ items: [] });
  });

  it('is not good for templates themselves', async () => {
    expect((await postmark.call('GET', '/templates?count=1&offset=0', { server: 'POSTMARK_API_TEST' })).body).toMatchObject({
      ErrorCode: 10,
    });
  });
});

describe('a Message-ID of one’s own', () => {
  it.each([
    [[{ Name: 'Message-ID', Value: '<mine@example.com>' }], false],
    [
      [
        { Name: 'Message-ID', Value: '<mine@example.com>' },
        { Name: 'X-PM-KeepID', Value: 'true' },
      ],
      true,
    ],
  ])('with %o survives: %s', async (Headers, survives) => {
    const { MessageID } = await server.client.sendEmail(mailTo('a@example.com', { Headers }));
    const { Body } = await server.client.getOutboundMessageDetails(MessageID);
    expect(Body.match(/^message-id:.*$/gim)).toEqual([expect.stringContaining(survives ? 'mine@example.com' : `${MessageID}@mtasv.net`)]);
  });
});
