/** The secrets of this process that are rotated, each with its predecessor. A change never needs a restart when they are in files. */
import type { Settings } from '../../config/schema.ts';
import { type SecretSource, secretSource } from '../../config/secretSource.ts';
import { secretsOf } from '../core/material/secretPair.ts';
import { tell } from '../watch/logEvent.ts';
import type { Logger } from '../watch/logger.ts';
import { processEvents } from '../watch/processEvents.ts';
import { fingerprintOf } from '../work/fingerprint.ts';

export type Secrets = { apiKeys: SecretSource; accountTokens: SecretSource; signingKeys: SecretSource };

export const openSecrets = async ({ apiKey, postmark, webhook }: Settings): Promise<Secrets> => {
  const account = { current: postmark.accountToken, previous: postmark.accountTokenPrevious, file: postmark.accountTokenFile, plain: true };
  const signing = { current: webhook.signingKey, previous: webhook.signingKeyPrevious, file: webhook.signingKeyFile, plain: true };
  return {
    apiKeys: await secretSource(apiKey, 'no operator key: set ARDA_API_KEY or ARDA_API_KEY_FILE'),
    accountTokens: await secretSource(account, 'no Postmark account token: set EMAIL_POSTMARK_ACCOUNT_TOKEN or its _FILE'),
    signingKeys: await secretSource(signing, 'no signing key for webhooks: set EMAIL_WEBHOOK_SIGNING_KEY or its _FILE'),
  };
};

/** Each by itself: a file that cannot be read keeps its own last good secrets, and no other's. */
export const reloadSecrets = (secrets: Secrets, logger: Logger) => async (): Promise<void> => {
  for (const [which, source] of Object.entries(secrets)) {
    const read = await source.reload();
    if (read.kind === 'failed') tell(logger, processEvents.secretsFailed, { which, reason: read.reason });
    if (read.kind === 'changed') tell(logger, processEvents.secretsChanged, { which });
  }
};

/** In plain text, for whoever must keep them out of sight. */
export const everySecret = ({ apiKeys, accountTokens, signingKeys }: Secrets): string[] =>
  [apiKeys, accountTokens, signingKeys].flatMap((source) => secretsOf(source.keys()));

export const fingerprintsOf = (source: SecretSource): string[] => secretsOf(source.keys()).map(fingerprintOf);
