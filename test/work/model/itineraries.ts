/** Ways that a configuration of a run may have come before anything random happens to it, so that every place is met often. */
const toRecords = ['provision', 'ServerCreated', 'DomainCreated', 'WebhookInstalled', 'RecordsWritten'];
const toOk = [...toRecords, 'Verified'];
/** The straight way from PENDING to sending. */
export const straight: readonly string[] = [...toOk, 'unlock'];
/** As many as the highest threshold; those after the crossing change nothing. */
const failing = ['SendFailed', 'SendFailed', 'SendFailed'];

export const itineraries: readonly (readonly string[])[] = [
  ...straight.map((_, n) => straight.slice(0, n)),
  ['provision', 'StepFailed'],
  ['provision', 'StepFailed', 'Unwound'],
  ['provision', 'StepFailed', 'Unwound', 're-provision'],
  [...toRecords, 'VerificationChecked'],
  [...toRecords, 'VerificationTimedOut'],
  [...toOk, ...failing],
  [...toOk, ...failing, 'recover'],
  straight,
  [...straight, 'lock'],
  [...straight, ...failing],
  [...straight, ...failing, 'recover'],
  [...straight, 'lock', ...failing],
  ['remove'],
];

/** For a second configuration of the tenant: nowhere yet, or what the rule about two senders is about. */
export const secondItineraries: readonly (readonly string[])[] = [[], toOk, straight];
