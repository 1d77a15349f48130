import type { Observer } from '../../service/work/observer.ts';

export type Told = { what: string; detail: unknown };

/** Keeps what work tells of itself; `trouble` is how a test sees a fault that nobody waited for. */
export const listener = (told: Told[]): Observer => {
  const tell =
    (what: string) =>
    (...detail: unknown[]): void => {
      told.push({ what, detail: detail.length === 1 ? detail[0] : detail });
    };
  return {
    transition: tell('transition'),
    stepFailed: tell('stepFailed'),
    verificationEnded: tell('verificationEnded'),
    accepted: tell('accepted'),
    replayed: tell('replayed'),
    rejected: tell('rejected'),
    attempts: tell('attempts'),
    sendDuration: tell('sendDuration'),
    searchLag: tell('searchLag'),
    deadLettered: tell('deadLettered'),
    webhookReceived: tell('webhookReceived'),
    webhookRejected: tell('webhookRejected'),
    webhookDuplicate: tell('webhookDuplicate'),
    projected: tell('projected'),
    inconsistent: tell('inconsistent'),
    unmatched: tell('unmatched'),
    suppressionsSwept: tell('suppressionsSwept'),
    driftOpened: tell('driftOpened'),
    driftCorrected: tell('driftCorrected'),
    driftAsserted: tell('driftAsserted'),
    rotated: tell('rotated'),
    rotationEnded: tell('rotationEnded'),
    serverTokenReplaced: tell('serverTokenReplaced'),
    trouble: (where, error) => tell('trouble')(where, String(error)),
  };
};
