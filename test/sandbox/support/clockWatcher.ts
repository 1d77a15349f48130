/** A stand-in for a service that lives in the sandbox's time: follows the clock over the wire, and says what is due as a test tells it to. */

export type Line = { watcher?: string; seq: number; nowMs: number; offsetMs: number; settle?: true };

export type Due = { exactMs: number | null; pollMs: number | null };

export const nothingDue: Due = { exactMs: null, pollMs: null };

export type ClockWatcher = { first: Line; lines: Line[]; close(): void };

/** `settle` is called for each step, and its answer posted; null: the step is never answered. */
export async function watchClock(control: string, settle: (line: Line) => Due | null | Promise<Due | null>): Promise<ClockWatcher> {
  const abort = new AbortController();
  const response = await fetch(`${control}/clock/watch`, { signal: abort.signal });
  if (response.headers.get('content-type') !== 'application/x-ndjson') throw new Error('the clock does not speak ndjson');
  const first = Promise.withResolvers<Line>();
  const lines: Line[] = [];

  const take = async (line: Line) => {
    if (line.watcher !== undefined) return first.resolve(line);
    lines.push(line);
    const due = await settle(line);
    const { watcher } = await first.promise;
    if (due === null) return;
    await fetch(`${control}/clock/settled`, { method: 'POST', body: JSON.stringify({ watcher, seq: line.seq, ...due }) });
  };

  const follow = async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      const parts = (text + decoder.decode(chunk, { stream: true })).split('\n');
      text = parts.pop() ?? '';
      for (const part of parts) void take(JSON.parse(part));
    }
  };
  // It ends when the test closes it, or the sandbox does.
  follow().catch(() => {});
  return { first: await first.promise, lines, close: () => abort.abort() };
}
