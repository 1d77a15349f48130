/** Flags that every command takes, and those that several share. */
import type { Flags } from './command.ts';

export const everywhere: Flags = {
  json: { type: 'boolean', what: 'one JSON document a line, for scripts' },
  help: { type: 'boolean', what: 'this text' },
};

export const overHttp: Flags = {
  url: { type: 'string', value: 'URL', what: 'the service (POSTROUTE_URL, or http://127.0.0.1:8889)' },
  'key-file': { type: 'string', value: 'FILE', what: 'the operator key (or ARDA_API_KEY, …_FILE)' },
  author: { type: 'string', value: 'NAME', what: 'who asks (POSTROUTE_AUTHOR, or your user)' },
  tenant: { type: 'string', value: 'ID', what: 'only this tenant’s (POSTROUTE_TENANT)' },
};

export const limited: Flags = {
  limit: { type: 'string', value: 'N', what: 'how many, 50 when not said' },
  all: { type: 'boolean', what: 'all there are' },
};

export const following: Flags = {
  wait: { type: 'boolean', what: 'follow it to its end; exit 8 when that is another' },
  timeout: { type: 'string', value: 'SECONDS', what: 'wait no longer (600)' },
};

export const confirmed: Flags = { yes: { type: 'boolean', what: 'do not ask whether you mean it' } };
export const reasoned: Flags = { reason: { type: 'string', value: 'TEXT', what: 'kept in the history' } };

/** A walk over the fleet, which goes on in the service whoever follows it. */
export const walking: Flags = {
  status: { type: 'boolean', what: 'only show how far it is' },
  detach: { type: 'boolean', what: 'do not wait for its end' },
  timeout: { type: 'string', value: 'SECONDS', what: 'wait no longer (600)' },
};
