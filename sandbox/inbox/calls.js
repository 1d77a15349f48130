/** What clients called, one by one and in sum. */
import { get } from './api.js';
import { empty, h, pill, table } from './dom.js';

const services = ['postmark', 'route53', 'kms', 'aws', 'dns', 'resolver', 'webhook', 'sentry'];
const shownMax = 200;
const kept = { service: '' };

/** A service that does not tell how a call ended has neither status nor duration; a call without an answer has a duration alone. */
function ending({ status, durationMs }) {
  if (status !== null) return pill(String(status), status < 400 ? 'good' : 'bad');
  return durationMs === null ? h('span', { class: 'soft' }, '–') : pill('no answer', 'bad');
}

const duration = (ms) => (ms === null ? '' : ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`);

/** `POST /email` says itself; an operation that is no path stands before what it was called by. */
function nameOf({ operation, subject }) {
  const isPath = operation.includes(' /') || subject === null;
  return h('code', null, subject === null ? operation : isPath ? subject : `${operation}  ${subject}`);
}

const row = (call) => [
  h('td', { class: 'mono soft nowrap' }, call.at.slice(0, 23).replace('T', ' ')),
  call.service,
  nameOf(call),
  ending(call),
  h(
    'td',
    null,
    call.code ?? '',
    call.code === null || call.fault === null ? '' : ' ',
    call.fault === null ? '' : pill(`fault: ${call.fault}`, 'warn'),
  ),
  h('td', { class: 'soft nowrap' }, duration(call.durationMs)),
];

function sums(counts) {
  const rows = Object.entries(counts)
    .filter(([service]) => kept.service === '' || service === kept.service)
    .flatMap(([service, operations]) => Object.entries(operations).map(([operation, count]) => ({ service, operation, count })))
    .sort((a, b) => b.count - a.count);
  if (rows.length === 0) return null;
  return h(
    'section',
    { class: 'card' },
    h('h2', null, 'How often'),
    table(
      ['Service', 'Operation', 'Calls'],
      rows.map(({ service, operation, count }) => [service, h('code', null, operation), count]),
    ),
  );
}

export async function callsView({ refresh }) {
  const query = new URLSearchParams({ limit: String(shownMax), ...(kept.service === '' ? {} : { service: kept.service }) });
  const [{ calls }, state] = await Promise.all([get(`/calls?${query}`), get('/state')]);
  const filter = h(
    'select',
    { id: 'service', 'aria-label': 'Service' },
    h('option', { value: '' }, 'All services'),
    services.map((service) => h('option', { value: service, selected: service === kept.service }, service)),
  );
  filter.addEventListener('change', () => {
    kept.service = filter.value;
    refresh();
  });
  const latest =
    calls.length === 0
      ? empty(kept.service === '' ? 'Nobody has called yet.' : `Nobody has called ${kept.service} yet.`)
      : h('section', { class: 'card' }, table(['Time', 'Service', 'Call', 'Status', 'Error', 'Took'], calls.map(row)));
  return [h('div', { class: 'row apart' }, h('h1', null, 'Calls'), filter), latest, sums(state.calls)].filter((part) => part !== null);
}
