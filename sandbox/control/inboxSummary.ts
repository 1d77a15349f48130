/** What the page looks at every second: the time, whether anything has changed, and how much there is of everything. */
import type { Json } from '../world/world.ts';
import type { Control } from './controlRoutes.ts';
import { accountOf, mailCount } from './inboxMail.ts';

/** Counting takes a while when there is much; it is done once per change, and at most once in so long. */
const countEveryMs = 2000;

type Counted = { revision: number; atMs: number; counts: { [name: string]: Json } };

const lastCounted = new WeakMap<Control, Counted>();

function countsOf(control: Control): Counted['counts'] {
  const last = lastCounted.get(control);
  const nowMs = performance.now();
  if (last !== undefined && (last.revision === control.revision() || nowMs - last.atMs < countEveryMs)) return last.counts;
  const { servers, domains } = accountOf(control);
  const counts = {
    messages: mailCount(control),
    servers: servers.length,
    domains: domains.length,
    zones: control.rooms.route53.zones.all().length,
  };
  lastCounted.set(control, { revision: control.revision(), atMs: nowMs, counts });
  return counts;
}

export function inboxSummary(control: Control): Json {
  return {
    now: new Date(control.world.clock.now()).toISOString(),
    revision: control.revision(),
    calls: control.world.calls.journal.seq,
    counts: { ...countsOf(control), faults: control.world.faults.list().length },
  };
}
