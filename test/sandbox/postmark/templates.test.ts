import { Models } from 'postmark';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountToken, type PostmarkWorld, startPostmark } from './postmarkWorld.ts';

let postmark: PostmarkWorld;
let server: Awaited<ReturnType<PostmarkWorld['newServer']>>;
beforeEach(async () => {
  postmark = await startPostmark();
  server = await postmark.newServer();
});
afterEach(() => postmark.close());

const standard = { Name: 'Welcome', Subject: 'Hi {{name}}', HtmlBody: '<p>{{name}}</p>', TextBody: '{{name}}' };
const layout = {
  Name: 'Frame',
  HtmlBody: '<html>{{{ @content }}}</html>',
  TextBody: '--\n{{{@content}}}\n--',
  TemplateType: Models.TemplateTypes.Layout,
};
const call = (method: string, path: string, body?: object) => postmark.call(method, path, { server: server.token, body: body as never });
const create = (more: object = {}) => server.client.createTemplate({ ...standard, ...more });

describe('a template', () => {
  it('is listed, made and edited with its outline, and shown whole', async () => {
    const made = await create({ Alias: 'welcome' });
    const outline = {
      Active: true,
      TemplateId: expect.any(Number),
      Name: 'Welcome',
      Alias: 'welcome',
      TemplateType: 'Standard',
      LayoutTemplate: null,
    };
    expect(made).toEqual(outline);
    expect(await server.client.getTemplates()).toEqual({ TotalCount: 1, Templates: [outline] });
    const { Name: _name, ...content } = standard;
    expect(await server.client.getTemplate(made.TemplateId)).toEqual({ ...made, ...content, AssociatedServerId: server.id });
    expect(await server.client.editTemplate(made.TemplateId, { Name: 'Hello' })).toEqual({ ...outline, Name: 'Hello' });
  });

  it('is found by its alias in any case, edited and deleted by it', async () => {
    const { TemplateId } = await create({ Alias: 'welcome' });
    expect((await server.client.getTemplate('Welcome')).TemplateId).toBe(TemplateId);
    await server.client.editTemplate('welcome', { Subject: 'Hello' });
    expect((await server.client.getTemplate('welcome')).Subject).toBe('Hello');
    expect(await server.client.deleteTemplate('welcome')).toEqual({ ErrorCode: 0, Message: `Template ${TemplateId} removed.` });
    await expect(server.client.getTemplate('welcome')).rejects.toMatchObject({ code: 1101, statusCode: 422 });
  });

  it('needs one body only, and can lose the other and its alias', async () => {
    const { TemplateId } = await create({ Alias: 'welcome' });
    await server.client.editTemplate(TemplateId, { TextBody: '', Alias: '' });
    expect(await server.client.getTemplate(TemplateId)).toMatchObject({ TextBody: null, Alias: null, HtmlBody: standard.HtmlBody });
  });

  it('is its server’s alone', async () => {
    const { TemplateId } = await create({ Alias: 'welcome' });
    const other = await postmark.newServer('other');
    for (const key of [TemplateId, 'welcome']) await expect(other.client.getTemplate(key)).rejects.toMatchObject({ code: 1101 });
    await other.client.createTemplate({ ...standard, Alias: 'welcome' });
  });

  it('not found says by what it was looked for', async () => {
    await expect(server.client.getTemplate(1)).rejects.toMatchObject({
      message: "The Template's 'TemplateId' associated with this request is not valid or was not found.",
    });
    await expect(server.client.getTemplate('none')).rejects.toMatchObject({
      message: "The Template's 'Alias' associated with this request is not valid or was not found.",
    });
  });
});

describe('refusals', () => {
  const cases: [string, object | undefined, number][] = [
    ['no body', undefined, 1109],
    ['no name', { ...standard, Name: undefined }, 1120],
    ['a blank name', { ...standard, Name: ' ' }, 1120],
    ['no subject', { ...standard, Subject: undefined }, 1120],
    ['no body of either kind', { ...standard, HtmlBody: '', TextBody: undefined }, 1120],
    ['a name of 256 characters', { ...standard, Name: 'n'.repeat(256) }, 1121],
    ['a subject of 2001 characters', { ...standard, Subject: 's'.repeat(2001) }, 1121],
    ['a body of more than 5 MB', { ...standard, TextBody: 'x'.repeat(5 * 1024 * 1024 + 1) }, 1121],
    ['a subject with a mistake', { ...standard, Subject: '{{#name}}' }, 1122],
    ['a body with a mistake', { ...standard, HtmlBody: '{{#if name}}x{{/if}}' }, 1122],
    ['blocks within blocks without end', { ...standard, TextBody: '{{#a}}{{#b}}'.repeat(17) + '{{/b}}{{/a}}'.repeat(17) }, 1122],
    ['an alias that starts with a digit', { ...standard, Alias: '1st' }, 1122],
    ['an alias with a space', { ...standard, Alias: 'a b' }, 1122],
    ['an alias that is taken', { ...standard, Alias: 'TAKEN' }, 1122],
    ['a type there is not', { ...standard, TemplateType: 'Frame' }, 1122],
    ['a field that Postmark sets', { ...standard, TemplateId: 7 }, 1123],
    ['a layout with a subject', { ...layout, Subject: 'x' }, 1123],
    ['a layout in a layout', { ...layout, LayoutTemplate: 'frame' }, 1123],
    ['a layout there is not', { ...standard, LayoutTemplate: 'none' }, 1101],
    ['a layout that is none', { ...standard, LayoutTemplate: 'taken' }, 1101],
    ['a layout without its placeholder', { ...layout, HtmlBody: '<html></html>' }, 1131],
    ['a layout with two placeholders', { ...layout, TextBody: '{{{@content}}}{{{@content}}}' }, 1131],
    ['a placeholder outside a layout', { ...standard, HtmlBody: '{{{@content}}}' }, 1131],
    ['a field there is not', { ...standard, Colour: 'red' }, 403],
    ['a subject that is a list', { ...standard, Subject: [] }, 402],
  ];
  it.each(cases)('%s', async (_case, body, code) => {
    await create({ Alias: 'taken' });
    const answer = await call('POST', '/templates', body);
    expect([answer.status, answer.body]).toEqual([422, { ErrorCode: code, Message: expect.any(String) }]);
    expect((await server.client.getTemplates()).TotalCount).toBe(1);
  });

  it('of a layout’s placeholder begin as the clients expect', async () => {
    const { TemplateId } = await server.client.createTemplate(layout);
    await expect(server.client.editTemplate(TemplateId, { HtmlBody: 'Html content' })).rejects.toMatchObject({
      name: 'ApiInputError',
      code: 1131,
      message: expect.stringContaining('The layout content placeholder must be present'),
    });
    expect((await server.client.getTemplate(TemplateId)).HtmlBody).toBe(layout.HtmlBody);
  });

  it('the hundred and first template is 1105, and the number is a switch', async () => {
    for (let i = 1; i <= 100; i += 1) await create({ Name: `T${i}` });
    await expect(create()).rejects.toMatchObject({ code: 1105, statusCode: 422 });
    postmark.world.settings.apply({ templatesPerServer: 101 });
    await create();
  });

  it('an edit cannot change the type, nor be nothing at all', async () => {
    const { TemplateId } = await create();
    await expect(server.client.editTemplate(TemplateId, { TemplateType: Models.TemplateTypes.Layout })).rejects.toMatchObject({
      code: 1123,
    });
    expect((await call('PUT', `/templates/${TemplateId}`)).body).toMatchObject({ ErrorCode: 1109 });
    await server.client.editTemplate(TemplateId, { TemplateType: Models.TemplateTypes.Standard });
  });

  it.each(['/templates', '/templates?count=501&offset=0', '/templates?count=1&offset=0&templateType=Some'])('%s is 1100', async (path) => {
    expect((await call('GET', path)).body).toMatchObject({ ErrorCode: 1100 });
  });
});

describe('layouts', () => {
  it('are given an alias when they have none, since that is how they are named', async () => {
    expect((await server.client.createTemplate(layout)).Alias).toMatch(/^layout-\d+$/);
  });

  it('filter the list, together with the type', async () => {
    await server.client.createTemplate({ ...layout, Alias: 'frame' });
    await create({ LayoutTemplate: 'FRAME' });
    await create();
    const count = async (filter: object) => (await server.client.getTemplates(filter)).TotalCount;
    expect([
      await count({}),
      await count({ templateType: 'Layout' }),
      await count({ templateType: 'standard' }),
      await count({ layoutTemplate: 'frame' }),
    ]).toEqual([3, 1, 2, 1]);
  });

  it('with templates cannot be deleted or lose their alias, and take their templates to a new one', async () => {
    await server.client.createTemplate({ ...layout, Alias: 'frame' });
    const { TemplateId } = await create({ LayoutTemplate: 'frame' });
    await expect(server.client.deleteTemplate('frame')).rejects.toMatchObject({ code: 1130, statusCode: 422 });
    await expect(server.client.editTemplate('frame', { Alias: '' })).rejects.toMatchObject({ code: 1130 });
    await server.client.editTemplate('frame', { Alias: 'frame-2' });
    expect((await server.client.getTemplate(TemplateId)).LayoutTemplate).toBe('frame-2');
    await call('PUT', `/templates/${TemplateId}`, { LayoutTemplate: null });
    expect((await server.client.getTemplate(TemplateId)).LayoutTemplate).toBeNull();
    await server.client.deleteTemplate('frame-2');
  });
});

describe('validation', () => {
  const validate = (body: object) => server.client.validateTemplate(body as never);

  it('renders with the model it suggests, where the given one counts', async () => {
    expect(
      await validate({
        Subject: '{{#company}}{{name}}{{/company}} {{subjectHeadline}}',
        TextBody: '{{#company}}{{address}}{{/company}}{{#each person}} {{name}} {{/each}}',
        HtmlBody: '{{#company}}{{phone}}{{/company}}{{#each person}} {{name}} {{/each}}',
        TestRenderModel: { userName: 'bobby joe', company: { name: 'Acme' } },
        InlineCssForHtmlTestRender: false,
      }),
    ).toEqual({
      AllContentIsValid: true,
      HtmlBody: { ContentIsValid: true, ValidationErrors: [], RenderedContent: 'phone_Value name_Value ' },
      TextBody: { ContentIsValid: true, ValidationErrors: [], RenderedContent: 'address_Value name_Value ' },
      Subject: { ContentIsValid: true, ValidationErrors: [], RenderedContent: 'Acme subjectHeadline_Value' },
      SuggestedTemplateModel: {
        userName: 'bobby joe',
        company: { name: 'Acme', address: 'address_Value', phone: 'phone_Value' },
        person: [{ name: 'name_Value' }],
        subjectHeadline: 'subjectHeadline_Value',
      },
    });
  });

  it('of a list of plain values suggests three', async () => {
    const { SuggestedTemplateModel } = await validate({
      Subject: 'x',
      HtmlBody: '{{#each products}}{{.}}{{/each}}{{^rivals}}none{{/rivals}}',
    });
    expect(SuggestedTemplateModel).toEqual({ products: ['products_1', 'products_2', 'products_3'], rivals: {} });
  });

  it('says of each part what is wrong and where, and is HTTP 200 all the same', async () => {
    const answer = await validate({ Subject: 'fine', HtmlBody: '<p>\n  {{#each}}{{/each}}', TextBody: '{{#a}}{{/b}}' });
    expect(answer).toMatchObject({
      AllContentIsValid: false,
      Subject: { ContentIsValid: true },
      HtmlBody: {
        ContentIsValid: false,
        ValidationErrors: [
          {
            Message: "The 'each' block being opened requires a model path to be specified in the form '{{#each <name>}}'.",
            Line: 2,
            CharacterPosition: 3,
          },
        ],
        RenderedContent: null,
      },
      TextBody: { ContentIsValid: false, ValidationErrors: [{ CharacterPosition: 7 }, { CharacterPosition: 1 }] },
    });
  });

  it('leaves out the parts it was not given, and shows an unfit model as a mistake of the part', async () => {
    const answer = await validate({ TextBody: '{{#each name}}x{{/each}}', TestRenderModel: { name: 'Jo' } });
    expect([answer.HtmlBody, answer.Subject]).toEqual([null, null]);
    expect(answer).toMatchObject({
      AllContentIsValid: false,
      TextBody: {
        ValidationErrors: [{ Message: "'name' is used like an array by the template, but is a scalar value or object in your model." }],
      },
    });
  });

  it('puts a template in its layout, and knows a layout’s own rule', async () => {
    await server.client.createTemplate({ ...layout, Alias: 'frame' });
    const inside = await validate({ Subject: 's', HtmlBody: '{{who}}', LayoutTemplate: 'frame' });
    expect(inside.HtmlBody.RenderedContent).toBe('<html>who_Value</html>');
    expect((await validate({ HtmlBody: '<{{{@content}}}>', TemplateType: 'Layout' })).AllContentIsValid).toBe(true);
    expect((await validate({ HtmlBody: 'none', TemplateType: 'Layout' })).HtmlBody.ValidationErrors).toMatchObject([
      { Line: 1, CharacterPosition: 1 },
    ]);
  });

  it.each([
    [{ TestRenderModel: {} }, 1120],
    [{ Subject: 'x', LayoutTemplate: 'none' }, 1101],
    [{ Subject: 'x', TemplateType: 'Frame' }, 1122],
    [{ Subject: 'x', TestRenderModel: [] }, 1122],
    [{ Subject: 'x', Colour: 'red' }, 403],
    [undefined, 1109],
  ])('of %o is %i', async (body, code) => {
    expect((await call('POST', '/templates/validate', body)).body).toMatchObject({ ErrorCode: code });
  });
});

describe('a push', () => {
  const push = (SourceServerID: number, DestinationServerID: number, PerformChanges = true) =>
    postmark.account.pushTemplates({ SourceServerID, DestinationServerID, PerformChanges });

  it.each([
    [1, 2, 'The source and destination servers were not found.'],
    ['own', 2, 'The destination server was not found.'],
    [1, 'own', 'The source server was not found.'],
  ])('from %s to %s is 601 in its own words', async (source, destination, message) => {
    const idOf = (name: number | string) => (name === 'own' ? server.id : Number(name));
    await expect(push(idOf(source), idOf(destination))).rejects.toMatchObject({ code: 601, statusCode: 422, message });
  });

  it('makes what is missing, changes what differs, leaves what is the same or has no alias, layouts first', async () => {
    const other = await postmark.newServer('other');
    await create({ Alias: 'welcome', Name: 'New' });
    await create({ Alias: 'same' });
    await create({ Name: 'Nameless' });
    await server.client.createTemplate({ ...layout, Alias: 'frame' });
    await other.client.createTemplate({ ...standard, Alias: 'same' });
    const { TemplateId } = await other.client.createTemplate({ ...standard, Alias: 'Welcome' });
    const plan = await push(server.id, other.id, false);
    expect(plan).toEqual({
      TotalCount: 2,
      Templates: [
        { Action: 'Create', Alias: 'frame', Name: 'Frame', TemplateType: 'Layout' },
        { Action: 'Edit', TemplateId, Alias: 'welcome', Name: 'New', TemplateType: 'Standard' },
      ],
    });
    expect((await other.client.getTemplates()).TotalCount).toBe(2);
    const done = await push(server.id, other.id);
    expect(done.Templates.map(({ Action }) => Action)).toEqual(['Create', 'Edit']);
    expect(await other.client.getTemplate(TemplateId)).toMatchObject({ Name: 'New', AssociatedServerId: other.id });
    expect((await other.client.getTemplate('frame')).TemplateId).toBe(done.Templates[0]?.TemplateId);
    expect((await push(server.id, other.id)).TotalCount).toBe(0);
  });

  it('without anything to push is 1124, of another type 1125, beyond the limit 1105', async () => {
    const other = await postmark.newServer('other');
    await create();
    await expect(push(server.id, other.id)).rejects.toMatchObject({ code: 1124 });
    await create({ Alias: 'a' });
    postmark.world.settings.apply({ templatesPerServer: 1 });
    await other.client.createTemplate({ ...standard, Alias: 'b' });
    await expect(push(server.id, other.id)).rejects.toMatchObject({ code: 1105 });
    postmark.world.settings.apply({ templatesPerServer: 100 });
    await other.client.createTemplate({ ...layout, Alias: 'a' });
    await expect(push(server.id, other.id)).rejects.toMatchObject({ code: 1125 });
  });

  it('needs the account’s token', async () => {
    expect((await call('PUT', '/templates/push', {})).status).toBe(401);
    expect((await postmark.call('PUT', '/templates/push', { account: accountToken })).body).toMatchObject({ ErrorCode: 1109 });
  });
});
