/** The pages behind each problem's `type`, from the closed list itself. */
import { type ProblemCode, problems } from '../../core/errors.ts';
import { escapeHtml, page, prose } from './html.ts';

export const problemPage = (code: ProblemCode): string => {
  const { status, title, fix } = problems[code];
  return page(
    `${code}: ${title}`,
    `<main><p><a href="/problems">All problems</a></p><h1>${escapeHtml(title)}</h1><p><code>${escapeHtml(code)}</code>, HTTP ${status}</p>` +
      `<h4>What to do</h4><p>${prose(fix)}</p></main>`,
  );
};

export const problemIndexPage = (): string => {
  const rows = Object.entries(problems).map(
    ([code, { status, title }]) =>
      `<tr><td>${status}</td><td><a href="/problems/${code}"><code>${code}</code></a></td><td>${escapeHtml(title)}</td></tr>`,
  );
  return page('Problems', `<main><p><a href="/docs">Reference</a></p><h1>Problems</h1><table>${rows.join('')}</table></main>`);
};
