/**
 * What a port says when it cannot answer. Four classes, because four different things must be done:
 *
 * - `refused`    the outside said no, and will say no again: the step fails. `code` says why (Postmark ErrorCode, AWS error name).
 * - `unavailable` it was not done, and a later try may succeed: wait and repeat.
 * - `throttled`  it was not done because we ask too often: wait longer, and do not split or multiply the call.
 * - `unknown`    it may or may not have been done (time-out, cut, 500): look before repeating.
 */
export type PortFaultClass = 'refused' | 'unavailable' | 'throttled' | 'unknown';

export type PortFaultDetail = {
  class: PortFaultClass;
  provider: 'postmark' | 'route53' | 'dns' | 'kms' | 'secretsmanager';
  operation: string;
  httpStatus: number | null;
  code: string | null;
};

export class PortFault extends Error {
  readonly detail: PortFaultDetail;

  /** `message` is ours and never holds a secret; the vendor's own error is kept as `cause` for the debugger, and is never logged. */
  constructor(detail: PortFaultDetail, message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'PortFault';
    this.detail = detail;
  }

  get class(): PortFaultClass {
    return this.detail.class;
  }

  /** Whether the outside refused with this code. */
  refusedWith(code: number | string): boolean {
    return this.detail.class === 'refused' && this.detail.code === String(code);
  }
}
