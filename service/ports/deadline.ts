/**
 * One call with a deadline in process time. The promise settles when the deadline passes even if the call ignores its signal, and neither a
 * timer nor a listener outlives the call (AbortSignal.timeout and AbortSignal.any keep both until they fire or are collected).
 */
export class DeadlineExceeded extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs} ms`);
    this.name = 'DeadlineExceeded';
  }
}

export class CallAborted extends Error {
  constructor() {
    super('aborted by the caller');
    this.name = 'CallAborted';
  }
}

export async function withDeadline<T>(timeoutMs: number, abort: AbortSignal | null, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (abort?.aborted) throw new CallAborted();
  const controller = new AbortController();
  const stopped = Promise.withResolvers<never>();
  const stop = (reason: Error): void => {
    stopped.reject(reason);
    controller.abort(reason);
  };
  const timer = setTimeout(() => stop(new DeadlineExceeded(timeoutMs)), timeoutMs);
  const onAbort = (): void => stop(new CallAborted());
  abort?.addEventListener('abort', onAbort, { once: true });
  try {
    const running = run(controller.signal);
    // The loser of the race may still reject later; it is this function's own, and has been answered for.
    running.catch(() => undefined);
    return await Promise.race([running, stopped.promise]);
  } finally {
    clearTimeout(timer);
    abort?.removeEventListener('abort', onAbort);
  }
}
