/**
 * Our list of suppressed recipients against the provider's own, for one tenant: what a lost callback or a lost call has left apart, and which side is
 * right. Pure; a sweep that finds both alike changes nothing.
 */

export type SweptReason = 'HardBounce' | 'SpamComplaint' | 'ManualSuppression';

/** As the provider lists it. */
export type ListedSuppression = { recipient: string; reason: SweptReason; since: Date };

/** Our active entry. */
export type OwnSuppression = { recipient: string; reason: string; origin: string; since: Date };

/** Our last release of a recipient that has no active entry now. */
export type OwnRelease = { recipient: string; releasedAt: Date };

export type SweepFacts = {
  listed: readonly ListedSuppression[];
  own: readonly OwnSuppression[];
  released: readonly OwnRelease[];
  /** Since when the provider's list is the one of this server: what we knew before, a new server's list never had. */
  listBegan: Date;
  now: Date;
  /** How long the provider's list may lag behind what it was told. */
  lagSeconds: number;
};

export type SweepPlan = {
  /** The provider refuses them and we do not: our entry is missing. */
  open: ListedSuppression[];
  /** The provider took them off its list, and its word was the reason for our entry. */
  release: string[];
  /** We refuse them by our own decision, and the provider was not told. */
  suppress: string[];
  /** We released them, and the provider was not told. */
  unsuppress: string[];
};

export const sweepPlan = ({ listed, own, released, listBegan, now, lagSeconds }: SweepFacts): SweepPlan => {
  const settledBefore = new Date(now.getTime() - lagSeconds * 1000);
  const ownActive = new Set(own.map(({ recipient }) => recipient));
  const releasedAt = new Map(released.map((each) => [each.recipient, each.releasedAt]));
  const onList = new Set(listed.map(({ recipient }) => recipient));
  const plan: SweepPlan = { open: [], release: [], suppress: [], unsuppress: [] };

  for (const entry of listed) {
    if (ownActive.has(entry.recipient)) continue;
    const release = releasedAt.get(entry.recipient);
    if (release === undefined || release <= entry.since) plan.open.push(entry);
    // A complaint stays on the provider's list whatever we ask; what is sent there comes back as SUPPRESSED.
    else if (entry.reason !== 'SpamComplaint' && release <= settledBefore) plan.unsuppress.push(entry.recipient);
  }
  for (const { recipient, reason, origin, since } of own) {
    if (onList.has(recipient) || since > settledBefore) continue;
    const ofTheProvider = origin === 'webhook' || origin === 'provider';
    if (!ofTheProvider || since < listBegan) plan.suppress.push(recipient);
    else if (reason !== 'SpamComplaint') plan.release.push(recipient);
  }
  return plan;
};
