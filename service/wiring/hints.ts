/**
 * Hints between processes: LISTEN/NOTIFY, sent outside the transaction that made the work (inside, it serialises all commits) and at most once in a
 * while for each kind. Only hints: a lost one costs a poll, so nothing here is retried with care.
 */
import { z } from 'zod';
import { listen, notify } from '../store/notifications.ts';
import type { CommonQueryMethods } from '../store/pool.ts';
import type { HintKind } from '../work/workContext.ts';

export interface Hints {
  /** Wakes this process at once, and the others soon. */
  hint(kind: HintKind): void;
  /** Tells the others that they are asked to read registry and secrets again. */
  refresh(): void;
  /** Tells every process to abort its calls for a configuration. */
  abort(configurationEId: string): void;
  close(): Promise<void>;
}

type Heard = {
  onHint: (kind: HintKind) => void;
  onAbort: (configurationEId: string) => void;
  onRefresh: () => void;
  onTrouble: (error: unknown) => void;
};

/** 20 notifications a second per kind at most; a hundred accepts in that time share one. */
const quietMs = 50;

const message = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.enum(['effects', 'looks', 'jobs', 'held', 'events', 'zone', 'rotations']), from: z.string() }),
  z.strictObject({ kind: z.literal('refresh'), from: z.string() }),
  z.strictObject({ kind: z.literal('abort'), from: z.string(), configurationEId: z.uuid() }),
]);

export const openHints = async (databaseUrl: string, db: CommonQueryMethods, self: string, heard: Heard): Promise<Hints> => {
  const listener = await listen(databaseUrl, (payload) => receive(payload, self, heard), heard.onTrouble);
  const waiting = new Map<HintKind, NodeJS.Timeout>();
  const tell = (payload: object): void => {
    notify(db, JSON.stringify({ ...payload, from: self })).catch(heard.onTrouble);
  };
  return {
    hint(kind) {
      heard.onHint(kind);
      if (waiting.has(kind)) return;
      waiting.set(
        kind,
        setTimeout(() => {
          waiting.delete(kind);
          tell({ kind });
        }, quietMs),
      );
    },
    refresh: () => tell({ kind: 'refresh' }),
    abort(configurationEId) {
      heard.onAbort(configurationEId);
      tell({ kind: 'abort', configurationEId });
    },
    async close() {
      for (const timer of waiting.values()) clearTimeout(timer);
      await listener.close();
    },
  };
};

const parsed = (payload: string): unknown => {
  try {
    return JSON.parse(payload);
  } catch {
    return null;
  }
};

const receive = (payload: string, self: string, { onHint, onAbort, onRefresh }: Heard): void => {
  const told = message.safeParse(parsed(payload));
  if (!told.success || told.data.from === self) return;
  if (told.data.kind === 'abort') onAbort(told.data.configurationEId);
  else if (told.data.kind === 'refresh') onRefresh();
  else onHint(told.data.kind);
};
