/** A configuration's server token in plain text, or the named reason why it cannot be had here and now. Never a guess: the sealed text names its version. */
import type { Configuration } from '../core/configuration/records.ts';
import type { Sealer } from '../core/material/keyring.ts';
import { MaterialFault, type MaterialFaultCode } from '../core/material/materialFault.ts';

export type OpenedToken = { kind: 'opened'; token: string } | { kind: 'closed'; code: MaterialFaultCode | 'no_server_token'; why: string };

export const openServerToken = (keyring: Sealer, { eId, serverToken }: Pick<Configuration, 'eId' | 'serverToken'>): OpenedToken => {
  if (serverToken === null) return { kind: 'closed', code: 'no_server_token', why: 'no server token is stored' };
  try {
    return { kind: 'opened', token: keyring.open(eId, 'server-token', serverToken) };
  } catch (error) {
    if (!(error instanceof MaterialFault)) throw error;
    return { kind: 'closed', code: error.code, why: error.message };
  }
};
