/**
 * What Postmark adds to mail on a stream whose unsubscribes it handles: the headers that mail programs make a button of, and a link where the
 * message asks for one, or below it. A recipient who follows it is reported by hand, through `POST /postmark/event`.
 */
import type { Email, MailHeader } from '../email/emailInput.ts';

const urlOf = (messageId: string): string => `https://unsubscribe.pstmrk.it/${messageId}`;

const headersOf = (url: string): MailHeader[] => [
  { Name: 'List-Unsubscribe', Value: `<${url}>` },
  { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
];

const asked = /\{\{\{?\s*pm:unsubscribe(_url)?\s*\}?\}\}/g;

/** Every place that asks gets its link; a body that has none gets one at its end. */
function withLink(body: string, url: string, link: string, append: (body: string, link: string) => string): string {
  const filled = body.replace(asked, (_markup, onlyUrl: string | undefined) => (onlyUrl === undefined ? link : url));
  return filled === body ? append(body, link) : filled;
}

function htmlWithLink(body: string, url: string): string {
  return withLink(body, url, `<a href="${url}">Unsubscribe</a>`, (html, link) => {
    const end = html.toLowerCase().lastIndexOf('</body>');
    return end === -1 ? `${html}<p>${link}</p>` : `${html.slice(0, end)}<p>${link}</p>${html.slice(end)}`;
  });
}

export function withUnsubscribe(email: Email, messageId: string): Email {
  const url = urlOf(messageId);
  return {
    ...email,
    headers: [...email.headers.filter(({ Name }) => !/^list-unsubscribe(-post)?$/i.test(Name)), ...headersOf(url)],
    htmlBody: email.htmlBody === null ? null : htmlWithLink(email.htmlBody, url),
    textBody: email.textBody === null ? null : withLink(email.textBody, url, `Unsubscribe: ${url}`, (text, link) => `${text}\n\n${link}\n`),
  };
}
