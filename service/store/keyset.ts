/** Keyset paging: where the page before ended. Rows that come in meanwhile move nothing. */
export type After = { at: Date; id: string };
