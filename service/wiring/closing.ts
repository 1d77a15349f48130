/** How parts of a process are closed: in reverse order of opening, each registered as soon as it is open. */

/** `abandon`: what is done in place of closing when the time for it is over. */
export type Closer = { what: string; close: () => Promise<unknown> | unknown; abandon?: () => Promise<unknown> };

export type Closing = <T>(
  what: string,
  part: T,
  close: (part: T) => Promise<unknown> | unknown,
  abandon?: (part: T) => Promise<unknown>,
) => T;

export const closingInto =
  (closers: Closer[]): Closing =>
  (what, part, close, abandon) => {
    closers.push({ what, close: () => close(part), ...(abandon === undefined ? {} : { abandon: () => abandon(part) }) });
    return part;
  };
