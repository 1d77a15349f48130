/** Where the quoted message of a reply begins, as the usual mail programs mark it. */
const quoteStarts = [
  /^On .{1,300}wrote:\s*$/ms,
  /^-{2,} ?(Original|Forwarded) Message ?-{2,}/im,
  /^_{10,}\s*$/m,
  /^From: .+\r?\n(Sent|To|Date): /m,
  /^>/m,
];

/** Looked for no further: nobody writes more above what he quotes, and a megabyte of beginnings takes a second. */
const lookedAtMax = 100_000;

/** What the sender of a reply wrote above the quoted message; empty when nothing is quoted. */
export function strippedReply(text: string): string {
  const beginning = text.slice(0, lookedAtMax);
  const starts = quoteStarts.map((pattern) => beginning.search(pattern)).filter((index) => index >= 0);
  return starts.length === 0 ? '' : text.slice(0, Math.min(...starts)).trim();
}
