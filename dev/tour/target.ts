/**
 * The Postroute that the tour is about: the one that was named, the one that `npm start` runs on the default ports, or one of the tour's own.
 * One of its own goes on the pile, so that it is stopped however the tour ends.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Pile } from '../start/pile.ts';
import { loadSecrets, operatorKey } from '../start/secrets.ts';
import { givenSetting } from '../start/serviceEnvironment.ts';
import type { TourOptions } from './options.ts';
import { startOwnPostroute } from './ownPostroute.ts';
import type { Teller } from './teller.ts';

export type Target = {
  url: string;
  control: string;
  key: string;
  /** Where the key was found, for whoever must find another. */
  keyFrom: string;
  /** Started for the tour, and gone after it. */
  own: boolean;
};

type Around = { pile: Pile; teller: Teller; signal: AbortSignal };

const probeLimitMs = 3_000;
const checkout = fileURLToPath(new URL('../../', import.meta.url));

const readinessSchema = z.object({ ready: z.boolean(), failing: z.array(z.string()) });
const clockSchema = z.object({ now: z.string(), offsetMs: z.number() });

/** `{ json }` as it was answered, undefined when it was no JSON; null when nobody answers. */
async function probe(url: string, signal: AbortSignal): Promise<{ json: unknown } | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(probeLimitMs)]) });
    return { json: await response.json().catch(() => undefined) };
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}

function findKey({ key, environment }: TourOptions): { key: string; keyFrom: string } {
  if (key !== null) return { key, keyFrom: '--key' };
  for (const [path, name] of [
    ['apiKey.current', 'ARDA_API_KEY'],
    ['apiKey.file', 'ARDA_API_KEY_FILE'],
  ] as const) {
    if (givenSetting(environment, path) !== null)
      return { key: operatorKey(environment, { apiKey: '', webhookSigningKey: '' }), keyFrom: name };
  }
  const folder = resolve(environment['POSTROUTE_DATA_DIR'] || join(checkout, '.postroute'));
  const file = join(folder, 'secrets.json');
  if (!existsSync(file))
    throw new Error(`no operator key: ${file} does not exist; give the key that npm start printed, with --key or ARDA_API_KEY`);
  return { key: loadSecrets(folder).apiKey, keyFrom: file };
}

export async function findTarget(options: TourOptions, { pile, teller, signal }: Around): Promise<Target> {
  const { url, control, named, environment } = options;
  const found = await probe(`${url}/readyz`, signal);
  if (found === null && named)
    throw new Error(`nothing answers at ${url}; start it with npm start, or name no address and one is started for the tour`);
  if (found === null) {
    teller.block([`Nothing answers at ${url}, so a Postroute is started for the tour. This takes a moment.`]);
    const { service, apiKey, sandbox } = await startOwnPostroute(environment, pile, signal);
    return { url: service, control: sandbox.control, key: apiKey, keyFrom: 'its ready line', own: true };
  }
  const readiness = readinessSchema.safeParse(found.json);
  if (!readiness.success) throw new Error(`what answers at ${url} is not Postroute; name yours with --url, or free that port`);
  if (!readiness.data.ready)
    throw new Error(`${url} is not ready (${readiness.data.failing.join(', ')}); its log says why, and GET ${url}/readyz says when it is`);
  if (!clockSchema.safeParse((await probe(`${control}/clock`, signal))?.json).success)
    throw new Error(
      `no sandbox control answers at ${control}; name it with --control (npm start prints it): the tour reads the sandbox's inbox`,
    );
  return { url, control, ...findKey(options), own: false };
}
