/** The history of one configuration as it grows, and what it waits for meanwhile. */
import type { Call } from './command.ts';
import { findConfiguration } from './findConfiguration.ts';
import { historyColumns } from './present/historyColumns.ts';
import { table } from './present/table.ts';
import { waitsFor } from './present/waitsFor.ts';
import type { Configuration, HistoryEntry, Page } from './wire.ts';

const pageMax = 200;

/** Answers whether `--until` is reached. What happened before the first pass is not shown. */
export async function watchOne(call: Call, name: string): Promise<() => Promise<boolean>> {
  const { speak } = call;
  const api = call.api();
  const { eId, sendingDomain } = await findConfiguration(api, name);
  const until = call.text('until')?.toUpperCase();
  const rows = table(historyColumns(speak));
  const news = historyNews(api, eId);
  let started = false;
  return async () => {
    const now = await api.get<Configuration>(`/configuration/${eId}`);
    const entries = await news();
    if (started) for (const entry of entries) say(call, rows.rows([entry])[0] ?? '', entry);
    else if (!speak.json) speak.aside(`${sendingDomain} is ${now.status}; Ctrl-C ends this`);
    started = true;
    if (!speak.json) speak.progress(`${now.status}: waits for ${waitsFor(now.waitingOn)}`);
    const reached = until !== undefined && [now.status, now.operationalStatus, now.administrativeStatus].some((status) => status === until);
    if (reached) speak.progress(null);
    return reached;
  };
}

const say = ({ speak }: Call, line: string, entry: HistoryEntry): void => (speak.json ? speak.document(entry) : speak.line(line));

/** What came since it was last asked. A last page has no cursor to go on from, so it is read again from its beginning. */
function historyNews(api: ReturnType<Call['api']>, eId: string): () => Promise<HistoryEntry[]> {
  let cursor: string | undefined;
  let seen = 0;
  return async () => {
    const news: HistoryEntry[] = [];
    for (;;) {
      const page: Page<HistoryEntry> = await api.get(`/configuration/${eId}/history`, { limit: pageMax, cursor });
      news.push(...page.items.slice(seen));
      seen = page.items.length;
      if (page.nextCursor === null) return news;
      cursor = page.nextCursor;
      seen = 0;
    }
  };
}
