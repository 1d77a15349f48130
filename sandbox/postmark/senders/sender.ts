import type { Json } from '../../world/world.ts';
import { type Domain, type DomainView, shownDomain } from '../domains/domain.ts';

/** An address that a person has, or has not yet, confirmed to be theirs. Its keys and Return-Path are those of its domain. */
export type Sender = {
  id: number;
  domainId: number;
  email: string;
  name: string;
  replyTo: string;
  note: string;
  confirmed: boolean;
  /** How often the mail that asks for the confirmation went out. */
  confirmationsSent: number;
};

export const listedSender = (sender: Sender, domain: Domain): { [field: string]: Json } => ({
  Domain: domain.name,
  EmailAddress: sender.email,
  ReplyToEmailAddress: sender.replyTo,
  Name: sender.name,
  Confirmed: sender.confirmed,
  ID: sender.id,
});

/** What `GET /state` shows: the state of the address itself. */
export const shownAddress = ({ id, email, name, confirmed, confirmationsSent }: Sender): Json => ({
  ID: id,
  EmailAddress: email,
  Name: name,
  Confirmed: confirmed,
  ConfirmationsSent: confirmationsSent,
});

export const shownSender = (sender: Sender, domain: Domain, view: DomainView): { [field: string]: Json } => ({
  ...shownDomain(domain, view),
  ...listedSender(sender, domain),
  ConfirmationPersonalNote: sender.note,
});
