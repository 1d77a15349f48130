/** What must be true of every render. A rule looks at one and answers with what is wrong, one sentence each. */
import type { Render } from '../render.ts';

export type Rule = (render: Render) => readonly string[];
