/** The control API: one entry per path and method. Bodies are JSON and checked before the route runs. */
import type { z } from 'zod';
import { stackInput } from '../aws/stacks/stackByHand.ts';
import type { SandboxWorld } from '../world/createWorld.ts';
import type { Json } from '../world/world.ts';
import { noteSettled } from './clockWatch.ts';
import { inboxMail, inboxMessage } from './inboxMail.ts';
import { inboxSummary } from './inboxSummary.ts';
import {
  advanceInput,
  callsInput,
  checked,
  faultInput,
  fieldsOf,
  inboxMessageInput,
  inboxSearchInput,
  mailFilterInput,
  nothingInput,
  recordInput,
  senderInput,
  serverInput,
  settingsInput,
  settledInput,
  stackNameInput,
  tokenInput,
} from './input.ts';
import { inboundInput, mailEventInput } from './mailInput.ts';
import { backToSeed, type Rooms, shownState } from './sandboxState.ts';

/** `revision`: how often anything has changed; a page that has seen this one need not look again. */
export type Control = { world: SandboxWorld; rooms: Rooms; revision: () => number };

/** `input` is the body of a POST, and the query of everything else. Throws InputError. */
export type ControlRoute = (control: Control, input: unknown) => Json | Promise<Json>;

function route<S extends z.ZodType>(schema: S, carryOut: (control: Control, input: z.output<S>) => Json | Promise<Json>): ControlRoute {
  const known = fieldsOf(schema);
  return (control, input) => carryOut(control, checked(schema, input, known));
}

const secondMs = 1000;
const iso = (at: number): string => new Date(at).toISOString();

const state = route(nothingInput, ({ world, rooms }) => shownState(world, rooms));
const mail = route(mailFilterInput, ({ rooms }, filter) => rooms.postmark.mail(filter));
const calls = route(callsInput, ({ world }, { service, limit }) => ({
  calls: world.calls.journal.newest(limit, service ?? null).map((call) => ({ ...call, at: iso(call.at) })),
}));
const smtpCertificate = route(nothingInput, ({ rooms }) => ({ certificate: rooms.postmark.smtpCertificate() }));
const sentry = route(nothingInput, ({ rooms }) => ({ events: rooms.sentry.events() }));
const clock = route(nothingInput, ({ world }) => ({ now: iso(world.clock.now()), offsetMs: world.clock.offsetMs() }));
const settled = route(settledInput, ({ world }, input) => noteSettled(world, input));
const serverByHand = route(serverInput, ({ rooms }, { name }) => rooms.postmark.createServerByHand(name));
const tokenByHand = route(tokenInput, ({ rooms }, change) => rooms.postmark.changeToken(change));
const senderConfirmed = route(senderInput, ({ rooms }, { email }) => rooms.postmark.confirmSender(email));
const putStack = route(stackInput, ({ rooms }, stack) => rooms.aws.putStack(stack));
const deleteStack = route(stackNameInput, ({ rooms }, { name }) => rooms.aws.deleteStack(name));
const flushResolver = route(nothingInput, ({ rooms }) => ({ flushed: rooms.resolver.flush() }));
const recordByHand = route(recordInput, ({ rooms }, edit) => rooms.route53.editRecord(edit));
const inbound = route(inboundInput, ({ rooms }, message) => rooms.postmark.receive(message));
const mailEvent = route(mailEventInput, ({ rooms }, event) => rooms.postmark.report(event));

const advance = route(advanceInput, async ({ world }, { seconds }) => {
  const { now, steps } = await world.stepper.advance(seconds * secondMs);
  return { now: iso(now), steps };
});

const addFault = route(faultInput, ({ world }, fault) => {
  world.faults.add(fault);
  return { faults: world.faults.list().map((active) => ({ ...active })) };
});

const clearFaults = route(nothingInput, ({ world }) => {
  const cleared = world.faults.list().length;
  world.faults.clear();
  return { cleared };
});

const faults = route(nothingInput, ({ world }) => ({ faults: world.faults.list().map((active) => ({ ...active })) }));
const shownSettings = route(nothingInput, ({ world }) => ({ settings: world.settings.values(), choices: world.settings.choices() }));

const settings = route(settingsInput, ({ world }, changes) => {
  world.settings.apply(changes);
  return { settings: world.settings.values() };
});

const reset = route(nothingInput, ({ world, rooms }) => {
  backToSeed(world, rooms);
  return { now: iso(world.clock.now()) };
});

/** `GET /clock/watch` stays open and is served apart. */
export const watchPath = '/clock/watch';

const summary = route(nothingInput, (control) => inboxSummary(control));
const inbox = route(inboxSearchInput, (control, { search }) => inboxMail(control, search));
const message = route(inboxMessageInput, (control, { id }) => inboxMessage(control, id));

export const controlRoutes: Readonly<Record<string, Readonly<Partial<Record<string, ControlRoute>>>>> = {
  '/state': { GET: state },
  '/mail': { GET: mail },
  '/calls': { GET: calls },
  '/sentry': { GET: sentry },
  '/clock': { GET: clock },
  '/clock/advance': { POST: advance },
  '/clock/settled': { POST: settled },
  '/fault': { GET: faults, POST: addFault, DELETE: clearFaults },
  '/settings': { GET: shownSettings, POST: settings },
  '/postmark/event': { POST: mailEvent },
  '/postmark/inbound': { POST: inbound },
  '/postmark/server': { POST: serverByHand },
  '/postmark/token': { POST: tokenByHand },
  '/postmark/sender/confirm': { POST: senderConfirmed },
  '/aws/stack': { POST: putStack, DELETE: deleteStack },
  '/resolver/flush': { POST: flushResolver },
  '/route53/record': { POST: recordByHand },
  '/smtp/certificate': { GET: smtpCertificate },
  '/reset': { POST: reset },
  '/inbox/summary': { GET: summary },
  '/inbox/mail': { GET: inbox },
  '/inbox/message': { GET: message },
};
