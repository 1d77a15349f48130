/**
 * Names for statements, so that Postgres plans each once per connection: planning a join over partitioned tables costs it more than running it.
 *
 * A name is a digest of the text, so two texts never share one. Postgres keeps the plan for as long as the connection lives, therefore only so many
 * texts are named in one process; those beyond are planned each time, as without a name. A plan follows changes of tables and partitions by itself, and
 * what is learned of how large they are (tableStatistics.ts); only a migration that changes the type of a column under a running process makes its
 * statements fail, until that process is replaced.
 */
import { hash } from 'node:crypto';
import type { Interceptor } from 'slonik';

/** The texts of the service are a few hundred; a list of unbounded length in a text would make more. */
const textsMax = 1000;

export const statementNames = (): Interceptor => {
  const names = new Map<string, string>();
  return {
    name: 'statement-names',
    transformQuery: (_context, query) => {
      // Without values a text may hold several statements, which cannot be prepared.
      if (query.values.length === 0 || query.name !== undefined) return query;
      let name = names.get(query.sql);
      if (name === undefined) {
        if (names.size >= textsMax) return query;
        name = hash('sha1', query.sql);
        names.set(query.sql, name);
      }
      return { ...query, name };
    },
  };
};
