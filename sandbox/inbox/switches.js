/** What goes wrong on purpose, how the outside world behaves, and the time. */
import { clear, get, post } from './api.js';
import { empty, h, notice, table } from './dom.js';

const services = ['postmark', 'route53', 'kms', 'dns', 'webhook', 'resolver', 'aws'];
const kinds = ['status', 'timeout-before', 'timeout-after', 'cut', 'throttle', 'slow', 'duplicate', 'drop', 'reorder'];

const field = (title, control) => h('label', null, title, control);
const select = (name, options) =>
  h(
    'select',
    { name },
    options.map((option) => h('option', { value: option }, option)),
  );

function faultOf(form) {
  const text = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
  const numbers = ['times', 'probability', 'status', 'delayMs', 'server'].filter((name) => text[name] !== undefined);
  const code = text.errorCode === undefined ? {} : { errorCode: /^\d+$/.test(text.errorCode) ? Number(text.errorCode) : text.errorCode };
  return { ...text, ...Object.fromEntries(numbers.map((name) => [name, Number(text[name])])), ...code };
}

export async function faultsView({ refresh }) {
  const { faults } = await get('/fault');
  const form = h(
    'form',
    { class: 'card form', 'aria-label': 'Add a fault' },
    field('Service', select('service', services)),
    field('Kind', select('kind', kinds)),
    field('Operation', h('input', { name: 'operation', placeholder: 'all of them' })),
    field('Times', h('input', { name: 'times', type: 'number', min: 1, placeholder: 'until cleared' })),
    field('Probability', h('input', { name: 'probability', type: 'number', step: '0.01', min: 0, max: 1 })),
    field('HTTP status', h('input', { name: 'status', type: 'number' })),
    field('Error code', h('input', { name: 'errorCode' })),
    field('Delay (ms)', h('input', { name: 'delayMs', type: 'number', min: 0 })),
    field('Server id', h('input', { name: 'server', type: 'number', min: 1 })),
    h('button', { class: 'main' }, 'Add'),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const added = await post('/fault', faultOf(form)).catch(() => null);
    if (added !== null) await refresh();
  });
  const rows = faults.map((fault) => [
    fault.service,
    fault.operation ?? 'all',
    fault.kind,
    fault.times ?? (fault.probability === undefined ? 'until cleared' : `p = ${fault.probability}`),
    [fault.status, fault.errorCode].filter(Boolean).join(' / '),
  ]);
  const clearAll = async () => {
    await clear('/fault');
    await refresh();
  };
  return [
    h(
      'div',
      { class: 'row apart' },
      h('h1', null, 'Faults'),
      h('button', { type: 'button', onclick: clearAll, disabled: faults.length === 0 }, 'Clear all'),
    ),
    form,
    rows.length === 0
      ? empty('Nothing goes wrong on purpose.')
      : h('section', { class: 'card' }, table(['Service', 'Operation', 'Kind', 'How often', 'Answer'], rows)),
  ];
}

function settingInput(name, value, choices, refresh) {
  const change = async (next) => {
    await post('/settings', { [name]: next }).catch(() => null);
    await refresh();
  };
  if (typeof value === 'boolean')
    return h('input', { type: 'checkbox', checked: value, 'aria-label': name, onchange: (event) => change(event.target.checked) });
  if (choices !== undefined) {
    const options = choices.map((choice) => h('option', { selected: choice === value }, String(choice)));
    return h('select', { 'aria-label': name, onchange: (event) => change(choices[event.target.selectedIndex]) }, options);
  }
  const input = h('input', {
    value: typeof value === 'object' ? JSON.stringify(value) : value,
    type: typeof value === 'number' ? 'number' : 'text',
    'aria-label': name,
  });
  input.addEventListener('change', () => {
    if (typeof value !== 'object') return change(typeof value === 'number' ? Number(input.value) : input.value);
    try {
      return change(JSON.parse(input.value));
    } catch {
      return notice(`${name} must be JSON, such as ${JSON.stringify(value)}`, 'bad');
    }
  });
  return input;
}

export async function settingsView({ refresh }) {
  const { settings, choices } = await get('/settings');
  const rows = Object.entries(settings)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [h('code', null, name), settingInput(name, value, choices[name], refresh)]);
  return [h('h1', null, 'Settings'), h('section', { class: 'card' }, table(['Setting', 'Value'], rows))];
}

export async function clockView({ refresh }) {
  const { now, offsetMs } = await get('/clock');
  const form = h(
    'form',
    { class: 'row' },
    h(
      'label',
      { class: 'row' },
      'Advance by',
      h('input', { name: 'seconds', type: 'number', min: 1, max: 315576000, value: 60, class: 'short' }),
      'seconds',
    ),
    h('button', { class: 'main' }, 'Advance'),
  );
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const done = await post('/clock/advance', { seconds: Number(new FormData(form).get('seconds')) }).catch(() => null);
    if (done !== null) notice(`${done.steps} stops; it is ${done.now}`);
    await refresh();
  });
  const reset = async () => {
    await post('/reset', {});
    notice('Back to the seed. Time stands where it was.');
    await refresh();
  };
  return [
    h('h1', null, 'Clock'),
    h(
      'section',
      { class: 'card' },
      h(
        'p',
        null,
        'Domain time is ',
        h('b', { class: 'mono' }, now),
        h('span', { class: 'soft' }, `, ${Math.round(offsetMs / 1000)} s from real time.`),
      ),
      form,
    ),
    h(
      'section',
      { class: 'card row apart' },
      h('span', null, 'Forget everything but the seed.'),
      h('button', { type: 'button', class: 'warn', onclick: reset }, 'Reset'),
    ),
  ];
}
