/** The configuration that an operator means: by eId, by slug, or by its sending domain. */
import type { Api } from './api.ts';
import { exitCode } from './exitCode.ts';
import { Failure } from './failure.ts';
import type { Configuration, Page } from './wire.ts';

const eIdPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** A slug goes to one that is not removed, and to any number that are; those are older. */
const candidatesMax = 200;
const slugPattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export async function findConfiguration(api: Api, name: string): Promise<Configuration> {
  if (eIdPattern.test(name)) return api.get(`/configuration/${name.toLowerCase()}`);
  const wanted = name.toLowerCase().replace(/\.$/, '');
  const slug = wanted.split('.')[0] ?? wanted;
  // The service refuses a slug that none could have, and nobody has it.
  const { items }: Page<Configuration> = slugPattern.test(slug)
    ? await api.get('/configuration', { slug, limit: candidatesMax })
    : { items: [], nextCursor: null };
  const named = wanted === slug ? items : items.filter(({ sendingDomain }) => sendingDomain === wanted);
  const found = named.find(({ status }) => status !== 'REMOVED') ?? named[0];
  if (found !== undefined) return found;
  const other = items[0];
  throw new Failure(exitCode.notFound, `there is no configuration '${name}'`, {
    remedy:
      other === undefined
        ? 'Name it by eId, slug or sending domain; postroute list shows them.'
        : `Its slug belongs to ${other.sendingDomain}; postroute list shows the others.`,
  });
}
