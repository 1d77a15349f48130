/**
 * Which partitions of a table by time are to be made and which to be dropped. A partition holds the rows whose UUIDv7 was made in `[from, to)`.
 *
 * The settings may change between two runs: what exists stands, new ones fill what is open, and none overlaps.
 */

export type Span = { from: Date; to: Date };
export type Partition = Span & { name: string };
export type PartitionRule = {
  periodDays: number;
  /** Periods beyond the present one. */
  ahead: number;
  /** A partition goes when everything in it is older. */
  keepDays: number;
};
export type PartitionPlan = { make: Span[]; drop: Partition[] };

const dayMs = 86_400_000;

/** The least UUIDv7 of a moment: ids made earlier sort before it. */
export const idFloor = (at: Date): string => {
  const hex = at.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
};

/** When an id was made; for the bounds that `idFloor` wrote. */
export const idTime = (id: string): Date => new Date(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16));

export const partitionPlan = (existing: readonly Partition[], now: Date, { periodDays, ahead, keepDays }: PartitionRule): PartitionPlan => {
  const periodMs = periodDays * dayMs;
  const startOf = (ms: number): number => Math.floor(ms / periodMs) * periodMs;
  const end = startOf(now.getTime()) + (ahead + 1) * periodMs;
  const make: Span[] = [];
  for (let at = startOf(now.getTime()); at < end; ) {
    const covering = existing.find(({ from, to }) => from.getTime() <= at && at < to.getTime());
    const starts = existing.map(({ from }) => from.getTime()).filter((from) => from > at);
    const to = covering?.to.getTime() ?? Math.min(startOf(at) + periodMs, ...starts);
    if (covering === undefined) make.push({ from: new Date(at), to: new Date(to) });
    at = to;
  }
  const keptFrom = now.getTime() - keepDays * dayMs;
  return { make, drop: existing.filter(({ to }) => to.getTime() <= keptFrom) };
};
