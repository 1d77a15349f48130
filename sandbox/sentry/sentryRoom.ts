/** A Sentry that keeps the events it is sent, in order of arrival, and shows them on the control port. Other items are taken and let go. */
import { gunzipSync, inflateSync } from 'node:zlib';
import { z } from 'zod';
import type { SandboxWorld } from '../world/createWorld.ts';
import type { HttpRoom, RimAnswer, RimRequest } from '../world/httpRim.ts';
import type { Json, Room } from '../world/world.ts';
import { readEnvelope } from './envelope.ts';

export interface SentryRoom extends Room, HttpRoom {
  /** `GET /sentry`. */
  events(): Json;
}

/** Sentry's own limit of an envelope, unpacked. */
const bodyLimitBytes = 100_000_000;
/** The oldest are let go beyond this. */
const eventsMax = 10_000;
const envelopePath = /^\/api\/[^/]+\/envelope\/?$/;

const jsonSchema: z.ZodType<Json> = z.json();
const savedSchema = z.object({ events: z.array(jsonSchema) });

const answer = (status: number, body: Json): RimAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

function unpacked(request: RimRequest): Buffer {
  const encoding = String(request.headers['content-encoding'] ?? '').toLowerCase();
  if (encoding === 'gzip') return gunzipSync(request.body, { maxOutputLength: bodyLimitBytes });
  if (encoding === 'deflate') return inflateSync(request.body, { maxOutputLength: bodyLimitBytes });
  return request.body;
}

export function createSentryRoom(world: SandboxWorld): SentryRoom {
  let events: Json[] = [];

  function take(request: RimRequest): RimAnswer {
    if (request.method !== 'POST' || !envelopePath.test(request.path))
      return answer(404, { detail: `this sink takes POST /api/{project}/envelope/, not ${request.method}` });
    try {
      const taken = readEnvelope(unpacked(request)).filter((item) => item.type === 'event');
      const parsed = taken.map((item) => jsonSchema.parse(JSON.parse(item.payload.toString('utf8'))));
      events = [...events, ...parsed].slice(-eventsMax);
    } catch (cause) {
      return answer(400, { detail: `this is no envelope: ${cause instanceof Error ? cause.message : 'unreadable'}` });
    }
    world.touched();
    return answer(200, {});
  }

  return {
    name: 'sentry',
    service: 'sentry',
    bodyLimitBytes,
    operationOf: (request) => (envelopePath.test(request.path) ? 'envelope' : null),
    handle: take,
    faultAnswer: (fault) => answer(fault.status ?? (fault.kind === 'throttle' ? 429 : 500), { detail: 'An injected fault' }),
    crashAnswer: () => answer(500, { detail: 'internal error' }),
    tooLarge: () => answer(413, { detail: `the envelope is larger than ${bodyLimitBytes} bytes` }),
    events: () => [...events],
    show: () => ({ events: [...events] }),
    save: () => ({ events: [...events] }),
    restore: (saved) => {
      events = savedSchema.parse(saved).events;
    },
    reset: () => {
      events = [];
    },
  };
}
