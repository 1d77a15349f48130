/** How staging labels move between the versions of one secret. */
import type { Secret, SecretVersion } from './secretStore.ts';

export const currentStage = 'AWSCURRENT';
const previousStage = 'AWSPREVIOUS';

/** Versions without a label are deprecated, and the oldest go beyond this. */
const versionsMax = 100;

function take(secret: Secret, stage: string): SecretVersion | undefined {
  const holder = secret.versions.find((version) => version.stages.includes(stage));
  if (holder !== undefined) holder.stages = holder.stages.filter((held) => held !== stage);
  return holder;
}

/** Puts labels on a version. Who was current becomes AWSPREVIOUS. */
export function attachStages(secret: Secret, version: SecretVersion, stages: readonly string[]): void {
  for (const stage of stages) {
    const former = take(secret, stage);
    version.stages.push(stage);
    if (stage !== currentStage || former === undefined || former === version) continue;
    take(secret, previousStage);
    former.stages.push(previousStage);
  }
  version.stages = [...new Set(version.stages)].sort();
}

export function detachStage(version: SecretVersion, stage: string): void {
  version.stages = version.stages.filter((held) => held !== stage);
}

export function addVersion(secret: Secret, version: SecretVersion, stages: readonly string[]): void {
  secret.versions.push(version);
  attachStages(secret, version, stages);
  while (secret.versions.length > versionsMax) {
    const deprecated = secret.versions.findIndex((each) => each.stages.length === 0);
    if (deprecated === -1) return;
    secret.versions.splice(deprecated, 1);
  }
}
