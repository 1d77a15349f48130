/** An event of the product for a name that the reference knows, with facts that a comparison recognises by one number. */
import { type ConfigurationEvent, type Signal, signals } from '../../../service/core/configuration/events.ts';
import { keyVersionId } from '../../support/fakeKeyring.ts';
import { retiredBy, type Told } from './world.ts';

const isSignal = (name: string): name is Signal => signals.some((signal) => signal === name);
const why = { code: 'code', detail: 'detail' } as const;
const looked = { dkim: true, returnPath: false, evidence: 'seen' } as const;
const domainOf = (made: number) => ({
  domainId: made,
  dkimName: `dkim-${made}`,
  dkimValue: 'k=rsa; p=…',
  returnPathName: `bounces-${made}`,
  returnPathValue: 'target',
});

export const eventOf = ({ name, made, adopt }: Told): ConfigurationEvent => {
  if (isSignal(name)) return { type: 'Signal', signal: name, reason: null, adopt };
  switch (name) {
    case 'ServerCreated':
      return { type: name, serverId: made, serverName: `server-${made}`, serverToken: 'sealed', keyVersionId, adopted: false };
    case 'DomainCreated':
      return { type: name, ...domainOf(made), adopted: false };
    case 'WebhookInstalled':
      return { type: name, webhookId: made, takenOver: false };
    case 'RecordsWritten':
      return { type: name, changeId: `C${made}` };
    case 'StepFailed':
      return { type: name, step: 'step', ...why };
    case 'Unwound':
      return { type: name, retiredServerId: retiredBy(made) };
    case 'VerificationChecked':
    case 'VerificationTimedOut':
      return { type: name, ...looked };
    case 'SendFailed':
    case 'FailureThresholdCrossed':
      return { type: name, ...why };
    case 'Verified':
    case 'SendSucceeded':
    case 'Drained':
      return { type: name };
    default:
      throw new Error(`there is no event ${name}`);
  }
};
