/** Keys that act for one tenant: made, listed, revoked. A key is shown once, by the command that makes it. */
import { type Command, first } from '../command.ts';
import { confirm } from '../confirm.ts';
import { exitCode } from '../exitCode.ts';
import { confirmed, limited, overHttp } from '../flags.ts';
import { printList } from '../list.ts';
import { moment } from '../present/moment.ts';
import type { Column } from '../present/table.ts';
import type { NewTenantKey, TenantKey } from '../wire.ts';

const columns: readonly Column<TenantKey>[] = [
  { head: 'ID', of: ({ id }) => id },
  { head: 'TENANT', of: ({ tenantId }) => tenantId },
  { head: 'NAME', of: ({ name }) => name },
  { head: 'CREATED', of: ({ createdAt }) => moment(createdAt) },
  { head: 'BY', of: ({ createdBy }) => createdBy },
  { head: 'LAST USED', of: ({ lastUsedAt }) => moment(lastUsedAt) },
];

const list: Command = {
  name: 'tenant-keys',
  usage: '',
  arguments: { min: 0, max: 0 },
  what: 'keys of tenants that are in force, newest first',
  flags: { ...limited, ...overHttp },
  async run(call) {
    await printList(call, { path: '/tenant-key', query: {}, columns, none: 'no tenant has a key' });
    return exitCode.done;
  },
};

const add: Command = {
  name: 'tenant-keys add',
  usage: '<tenant> <name>',
  arguments: { min: 2, max: 2 },
  what: 'a new one; it is shown this once',
  flags: overHttp,
  async run(call) {
    const [tenantId, name] = call.arguments;
    const { body } = await call.api().post<NewTenantKey>('/tenant-key', { body: { tenantId, name } });
    if (call.speak.json) call.speak.document(body);
    else {
      call.speak.aside(`made ${body.id}; this is the only time that the key is shown:`);
      call.speak.line(body.key);
    }
    return exitCode.done;
  },
};

const revoke: Command = {
  name: 'tenant-keys revoke',
  usage: '<id>',
  arguments: { min: 1, max: 1 },
  what: 'whoever uses it is refused from now on',
  flags: { ...confirmed, ...overHttp },
  async run(call) {
    const id = first(call);
    await confirm(call, 'tenant-keys revoke refuses whoever uses the key from now on.', id);
    await call.api().remove(`/tenant-key/${encodeURIComponent(id)}`);
    if (call.speak.json) call.speak.document({ revoked: id });
    else call.speak.line(`revoked ${id}`);
    return exitCode.done;
  },
};

export const tenantKeyCommands: readonly Command[] = [list, add, revoke];
