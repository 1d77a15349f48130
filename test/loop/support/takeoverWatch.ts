/**
 * Whoever watches a removal from outside: asks the provider what it still holds, and then the zone's own name servers for the records that point there. A
 * record that is answered after its resource was let go is a name that somebody else could take over.
 */
import { Resolver } from 'node:dns/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Actor } from './actor.ts';
import type { Control } from './control.ts';

export type TakeoverWatch = {
  /** Looks once more, ends, and answers what was seen. */
  end(): Promise<{ heldAndAnswered: number; releasedAndSilent: number; exposed: string[] }>;
};

type Watched = { actor: Actor; records: { name: string; type: string }[]; serverId: number | null };

/** Far shorter than what separates a release from the next call, and leaves the machine to those who are watched. */
const betweenLooksMs = 10;

const answers = async (resolver: Resolver, { name, type }: { name: string; type: string }): Promise<boolean> => {
  try {
    await (type === 'TXT' ? resolver.resolveTxt(name) : resolver.resolveCname(name));
    return true;
  } catch {
    return false;
  }
};

export async function watchTakeovers(control: Control, nameServer: string, actors: readonly Actor[]): Promise<TakeoverWatch> {
  const resolver = new Resolver({ timeout: 1000, tries: 2 });
  resolver.setServers([nameServer]);
  const watched: Watched[] = await Promise.all(
    actors.map(async (actor) => {
      const { dns, postmark } = await actor.record();
      return { actor, records: dns, serverId: postmark.serverId };
    }),
  );
  const seen = { heldAndAnswered: 0, releasedAndSilent: 0, exposed: [] as string[] };
  let isOver = false;

  const look = async (): Promise<void> => {
    // The provider first: what it had let go by then must not be answered afterwards.
    const { postmark } = await control.state();
    for (const { actor, records, serverId } of watched) {
      const hasServer = postmark.servers.some(({ ID, Name }) => ID === serverId && Name === actor.serverName);
      const hasDomain = postmark.domains.some(({ Name }) => Name === actor.sendingDomain);
      for (const record of records) {
        const isAnswered = await answers(resolver, record);
        if (hasServer && hasDomain) seen.heldAndAnswered += isAnswered ? 1 : 0;
        else if (isAnswered) seen.exposed.push(`${record.name} ${record.type}`);
        else seen.releasedAndSilent += 1;
      }
    }
  };
  const watching = (async () => {
    while (!isOver) {
      await look();
      await pause(betweenLooksMs);
    }
  })();
  return {
    async end() {
      isOver = true;
      await watching;
      await look();
      return seen;
    },
  };
}
