import type { Instant } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { postmarkDate } from '../rim/postmarkDate.ts';

const standardTimeMs = 5 * 3_600_000;

/** When a message was taken, in the zone that the switch says: today's `Z`, or the Eastern Standard Time of older documentation. */
export function submittedAt({ settings }: Postmark, at: Instant): string {
  if (settings.submittedAtZone.value === 'Z') return postmarkDate(at);
  return postmarkDate(at - standardTimeMs).replace('Z', '-05:00');
}
