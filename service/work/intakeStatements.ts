/** The two statements of a callback, each shared by the callbacks that come at the same time (inGroups.ts). */
import { findByRoutingTokens, type RoutedConfiguration } from '../store/configurations.ts';
import { insertEmailEvents, type NewEmailEvent } from '../store/emailEvents.ts';
import { type GroupSettings, inGroups, lookUpInGroups } from './inGroups.ts';
import type { WorkContext } from './workContext.ts';

export type IntakeStatements = {
  findRouted: (routingTokenHash: string) => Promise<RoutedConfiguration | null>;
  /** Whether it was new. */
  storeEvent: (event: NewEmailEvent) => Promise<boolean>;
};

export const intakeStatements = (db: WorkContext['db'], settings: GroupSettings): IntakeStatements => ({
  findRouted: lookUpInGroups((hashes) => findByRoutingTokens(db, hashes), settings),
  storeEvent: inGroups(
    {
      together: async (events) => {
        const fresh = await insertEmailEvents(db, events);
        return events.map(({ id }) => fresh.has(id));
      },
      tenantOf: ({ tenantId }) => tenantId,
      bytesOf: ({ payload }) => payload.length,
    },
    settings,
  ),
});
