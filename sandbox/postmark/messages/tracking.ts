/**
 * What Postmark can see of a message's reading: an open only when open tracking was asked for and there is HTML for its pixel, a click only on
 * the links of the parts whose links it rewrote.
 */
import type { Message } from './message.ts';

export type TrackedLink = { link: string; location: 'HTML' | 'Text' };

export const tracksOpens = (message: Message): boolean => message.trackOpens && message.htmlBody !== null;

/** No further than the next tag: from every `<a` to the end would take minutes on a megabyte of them. */
const htmlLink = /<a\b[^<>]*?\bhref\s*=\s*["'](https?:\/\/[^"']+)["']/gi;
const textLink = /https?:\/\/[^\s<>"')\]]+/gi;

const partsOf: Readonly<Record<string, readonly TrackedLink['location'][]>> = {
  HtmlAndText: ['HTML', 'Text'],
  HtmlOnly: ['HTML'],
  TextOnly: ['Text'],
};

function linksIn(message: Message, location: TrackedLink['location']): TrackedLink[] {
  const found =
    location === 'HTML'
      ? [...(message.htmlBody ?? '').matchAll(htmlLink)].map(([, link]) => link ?? '')
      : [...(message.textBody ?? '').matchAll(textLink)].map(([link]) => link);
  return found.map((link) => ({ link, location }));
}

/** In the order in which a reader meets them; of a message without link tracking, none. */
export const trackedLinks = (message: Message): TrackedLink[] =>
  (partsOf[message.trackLinks] ?? []).flatMap((location) => linksIn(message, location));

/** All links, tracked or not. */
export const linksOf = (message: Message): TrackedLink[] => [...linksIn(message, 'HTML'), ...linksIn(message, 'Text')];
