/** The one step that mends what blocks sending first: a signal to send, a call to make, or what to wait for. */
import { allowedSignals } from '../../core/configuration/decide.ts';
import type { Configuration } from '../../core/configuration/records.ts';
import { waitingOn } from '../../core/configuration/waitingOn.ts';
import type { GateName, GateResult } from '../../core/job/gates.ts';
import type { ConfigurationFacts } from '../../store/configurationReads.ts';
import { basePath } from '../basePath.ts';
import type { Fix } from '../schemas/configuration.ts';

const missingRecords = (c: Configuration): string => {
  const dkim = c.dkimVerified ? [] : [`the DKIM record${c.dkimName === null ? '' : ` (TXT ${c.dkimName})`}`];
  const returnPath = c.returnPathVerified
    ? []
    : [`the Return-Path record${c.returnPathName === null ? '' : ` (CNAME ${c.returnPathName})`}`];
  return [...dkim, ...returnPath].join(' and ');
};

const because = (c: Configuration): string => (c.lastFailureDetail === null ? '' : ` Last failure: ${c.lastFailureDetail}.`);

const operationalFix = ({ configuration: c, live }: ConfigurationFacts): Fix | null => {
  switch (c.operational) {
    case 'PENDING':
      return { text: 'Nothing has been set up yet: send the signal provision.', signal: 'provision' };
    case 'PROVISIONING':
      return { text: `Wait: provisioning is at the step ${waitingOn(c, live)?.what ?? c.step}.` };
    case 'AWAITING_VERIFICATION': {
      const nextLook = live === null ? '' : ` The next look is at ${live.runAt.toISOString()}.`;
      return { text: `Wait: the provider has not yet verified ${missingRecords(c)}.${nextLook}` };
    }
    case 'UNVERIFIED':
      return {
        text: `The verification window ended without ${missingRecords(c)}: send re-verify once the records can be seen.`,
        signal: 're-verify',
      };
    case 'FAILURE':
      return {
        text: `Too many sends in a row failed because of this configuration: mend the cause, then send recover.${because(c)}`,
        signal: 'recover',
      };
    case 'MISSING':
      return { text: `Provisioning failed and was undone: send re-provision.${because(c)}`, signal: 're-provision' };
    case 'REMOVING':
    case 'REMOVED':
      return { text: 'This configuration is removed: create another.', command: `POST ${basePath}/configuration` };
    case 'OK':
    case 'DEGRADED':
      return null;
  }
};

const administrativeFix = ({ configuration: c, otherCanSend }: ConfigurationFacts): Fix => {
  if (allowedSignals(c, otherCanSend).includes('unlock')) {
    const draining = c.administrative === 'LOCKING' ? 'It is being locked' : 'It is locked';
    return { text: `${draining}: send unlock.`, signal: 'unlock' };
  }
  return otherCanSend
    ? { text: 'Another configuration of this tenant can send; lock that one first, then unlock this one.' }
    : { text: 'It is locked, and can be unlocked once it is operationally OK.' };
};

const releaseCommand = (recipient: string | null, evidence: string): string => {
  const force = evidence.includes('SpamComplaint') ? { force: true } : {};
  return `POST ${basePath}/suppression/release ${JSON.stringify({ recipient: recipient ?? '', reason: 'why it may be mailed again', ...force })}`;
};

const fixes: { [gate in GateName]: (facts: ConfigurationFacts, blocker: GateResult, recipient: string | null) => Fix | null } = {
  operational: operationalFix,
  administrative: administrativeFix,
  keyLoaded: (_facts, { evidence }) => ({
    text: `The key of the server token is missing here (${evidence}): restore it in the material registry, then refresh.`,
    command: `POST ${basePath}/material/refresh`,
  }),
  providerOpen: (_facts, { evidence }) => ({ text: `Settle it with the provider; mail that is accepted meanwhile is kept: ${evidence}.` }),
  recipientAllowed: (_facts, { evidence }, recipient) => ({
    text: `This recipient is not mailed (${evidence}): release the entry if the person wants mail.`,
    command: releaseCommand(recipient, evidence),
  }),
};

export const explainFix = (facts: ConfigurationFacts, blocker: GateResult, recipient: string | null): Fix | null =>
  fixes[blocker.gate](facts, blocker, recipient);
