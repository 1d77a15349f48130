import type { InboundByHand } from '../postmark/inbound/inboundByHand.ts';
import type { ReportedEvent } from '../postmark/messages/report.ts';
import type { HttpRoom } from '../world/httpRim.ts';
import type { Json, Room } from '../world/world.ts';

/** What the control API and the start need of the Postmark room. */
export interface MailRoom extends Room, HttpRoom {
  /** X-Postmark-Account-Token of the account. */
  readonly accountToken: string;
  /** `GET /mail`: `{ "items": [...] }`, oldest first. */
  mail(filter: { to?: string; jobId?: string; messageId?: string }): Json;
  /** `POST /postmark/event`. Throws InputError. */
  report(event: ReportedEvent): Json | Promise<Json>;
  /** `POST /postmark/inbound`. Throws InputError. */
  receive(message: InboundByHand): Promise<Json>;
  /** `GET /smtp/certificate`: PEM. */
  smtpCertificate(): string | null;
  /** `POST /postmark/server`. Throws InputError. */
  createServerByHand(name: string): Json;
  /** `POST /postmark/token`. Throws InputError. */
  changeToken(change: { server: number; action: 'generate' | 'remove'; token?: string }): Json;
  /** `POST /postmark/sender/confirm`. Throws InputError. */
  confirmSender(email: string): Json;
}
