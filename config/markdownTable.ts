/** Columns of equal width, as the formatter of this repository would set them; the first row is the heading. */
export function markdownTable(rows: readonly string[][]): string {
  const cells = rows.map((each) => each.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((each) => each[column]?.length ?? 0)));
  const line = (each: readonly string[]): string => `| ${each.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)].join('\n');
}
