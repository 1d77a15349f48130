/** Servers, domains, zones, and what AWS holds: read from GET /state. */
import { get, post } from './api.js';
import { empty, facts, h, notice, pill, table } from './dom.js';

const yesNo = (is, yes, no) => pill(is ? yes : no, is ? 'good' : 'warn');

export async function serversView() {
  const { postmark } = await get('/state');
  const cards = postmark.servers.map((server) =>
    h(
      'section',
      { class: 'card' },
      h('div', { class: 'row apart' }, h('h2', null, server.Name), pill(server.DeliveryType)),
      facts({ Id: server.ID, 'Server token': h('code', null, server.ApiTokens.join(', ')), Suppressions: server.suppressions.length }),
      server.webhooks.length === 0
        ? null
        : table(
            ['Webhook', 'Stream', 'Triggers'],
            server.webhooks.map((hook) => [
              h('code', null, hook.Url),
              hook.MessageStream,
              Object.entries(hook.Triggers ?? {})
                .filter(([, trigger]) => trigger.Enabled)
                .map(([name]) => name)
                .join(', '),
            ]),
          ),
      server.suppressions.length === 0
        ? null
        : table(
            ['Suppressed', 'Reason', 'Stream'],
            server.suppressions.map((each) => [each.EmailAddress, each.SuppressionReason, each.MessageStream]),
          ),
    ),
  );
  const token = h('p', { class: 'soft' }, 'Account token: ', h('code', null, postmark.accountTokens.join(', ')));
  return [h('h1', null, 'Servers'), token, ...(cards.length === 0 ? [empty('No servers yet.')] : cards)];
}

export async function domainsView() {
  const { postmark } = await get('/state');
  const cards = postmark.domains.map((domain) =>
    h(
      'section',
      { class: 'card' },
      h(
        'div',
        { class: 'row apart' },
        h('h2', null, domain.Name),
        h(
          'span',
          { class: 'row' },
          yesNo(domain.DKIMVerified, 'DKIM verified', 'DKIM pending'),
          yesNo(domain.ReturnPathDomainVerified, 'Return-Path verified', 'Return-Path pending'),
        ),
      ),
      facts({
        Id: domain.ID,
        DKIM: h('code', null, domain.DKIMPendingHost || domain.DKIMHost),
        Value: h('code', null, domain.DKIMPendingTextValue || domain.DKIMTextValue),
        'Return-Path': h('code', null, domain.ReturnPathDomain),
        Target: h('code', null, domain.ReturnPathDomainCNAMEValue),
      }),
    ),
  );
  return [h('h1', null, 'Domains'), ...(cards.length === 0 ? [empty('No domains yet.')] : cards)];
}

export async function zonesView({ refresh }) {
  const { route53, resolver } = await get('/state');
  const cards = route53.zones.map((zone) =>
    h(
      'section',
      { class: 'card' },
      h('div', { class: 'row apart' }, h('h2', null, zone.Name), h('code', { class: 'soft' }, zone.Id)),
      table(
        ['Name', 'Type', 'TTL', 'Values'],
        zone.records.map((record) => [h('code', null, record.Name), record.Type, record.TTL, h('code', null, record.Values.join('\n'))]),
      ),
    ),
  );
  const flush = async () => {
    const { flushed } = await post('/resolver/flush', {});
    notice(`${flushed} answers forgotten`);
    await refresh();
  };
  const cache = h(
    'section',
    { class: 'card' },
    h(
      'div',
      { class: 'row apart' },
      h('h2', null, 'What the resolver remembers'),
      h('button', { type: 'button', onclick: flush }, 'Flush'),
    ),
    resolver.cache.length === 0
      ? h('p', { class: 'soft' }, 'Nothing: nobody has asked it.')
      : table(
          ['Name', 'Type', 'Answer', 'Until'],
          resolver.cache.map((each) => [
            h('code', null, each.Name),
            each.Type ?? 'all',
            each.Values === null ? pill('absent', 'warn') : h('code', null, each.Values.join('\n')),
            each.expiresAt.slice(0, 19).replace('T', ' '),
          ]),
        ),
  );
  return [h('h1', null, 'Zones'), ...cards, cache];
}

export async function awsView() {
  const { aws, kms } = await get('/state');
  const card = (title, heads, rows) =>
    h('section', { class: 'card' }, h('h2', null, title), rows.length === 0 ? h('p', { class: 'soft' }, 'None.') : table(heads, rows));
  return [
    h('h1', null, 'AWS'),
    card(
      'KMS keys',
      ['Key', 'State', 'Aliases'],
      kms.keys.map((key) => [h('code', null, key.Arn), key.KeyState, (key.Aliases ?? []).join(', ')]),
    ),
    card(
      'Secrets',
      ['Name', 'Versions', ''],
      aws.secrets.map((secret) => [
        h('code', null, secret.Name),
        secret.versions.map((version) => version.VersionStages.join(' ') || 'deprecated').join(', '),
        secret.markedForDeletion ? pill('marked for deletion', 'warn') : '',
      ]),
    ),
    card(
      'Parameters',
      ['Name', 'Type', 'Version'],
      aws.parameters.map((each) => [h('code', null, each.Name), each.Type, each.Version]),
    ),
    card(
      'Stacks',
      ['Stack', 'Status', 'Exports'],
      aws.stacks.map((stack) => [
        stack.StackName,
        stack.StackStatus,
        stack.Outputs.filter((output) => output.ExportName !== null)
          .map((output) => `${output.ExportName} = ${output.OutputValue}`)
          .join('\n'),
      ]),
    ),
  ];
}
