/** What each occurrence adds to the statistics. Called once per occurrence, by whoever notes it. */
import type { Instant } from '../../world/world.ts';
import type { Message } from '../messages/message.ts';
import type { Click, Open } from '../messages/reading.ts';
import { trackedLinks, tracksOpens } from '../messages/tracking.ts';
import type { Postmark } from '../postmark.ts';
import type { Counted } from './statStore.ts';

/** Reading longer than this is all one. */
const readSecondsMax = 20;

const readTime = (seconds: number): string => (seconds >= readSecondsMax ? `${readSecondsMax}s+` : `${Math.floor(seconds)}s`);

/** Per recipient that is mailed. */
export function countSent({ stats }: Postmark, message: Message, recipients: number, at: Instant): void {
  const links = trackedLinks(message).length;
  const opens = tracksOpens(message);
  stats.count(message, at, {
    sent: recipients,
    tracked: opens || links > 0 ? recipients : 0,
    withOpenTracking: opens ? recipients : 0,
    withLinkTracking: links > 0 ? recipients : 0,
    trackedLinks: links * recipients,
  });
}

export function countBounce({ stats }: Postmark, counted: Counted, type: string, at: Instant): void {
  stats.count(counted, at, type === 'SpamComplaint' ? { spam: 1 } : { [`bounce:${type}`]: 1 });
}

/** Clients, platforms and reading times are of first opens: the others are the same reader again. */
export function countOpen({ stats }: Postmark, open: Open, isFirst: boolean): void {
  const { Client, Platform } = open.reader;
  const first = {
    uniqueOpens: 1,
    [`openPlatform:${Platform}`]: 1,
    [`openClient:${Client.Name}`]: Client.Name === '' ? 0 : 1,
    [`readTime:${readTime(open.readSeconds)}`]: 1,
    withClient: Client.Name === '' ? 0 : 1,
    withPlatform: Platform === 'Unknown' ? 0 : 1,
    withReadTime: open.readSeconds > 0 ? 1 : 0,
  };
  stats.count(open, open.at, { opens: 1, ...(isFirst ? first : {}) });
}

/** A web mail client is a desktop browser to whoever counts clicks. */
export function countClick({ stats }: Postmark, click: Click, isFirst: boolean): void {
  const { Client, Platform } = click.reader;
  stats.count(click, click.at, {
    clicks: 1,
    uniqueClicks: isFirst ? 1 : 0,
    [`clickBrowser:${Client.Family}`]: Client.Family === '' ? 0 : 1,
    [`clickPlatform:${Platform === 'WebMail' ? 'Desktop' : Platform}`]: 1,
    [`clickLocation:${click.location}`]: 1,
  });
}
