/** The known name that a mistyped one most likely meant; null when none is close. Distance counts swapped neighbours as one slip. */
export function nearest(given: string, known: readonly string[]): string | null {
  let best: { name: string; distance: number } | null = null;
  for (const name of known) {
    const distance = slips(given.toLowerCase(), name.toLowerCase());
    if (best === null || distance < best.distance) best = { name, distance };
  }
  // A third of the letters wrong is another word.
  return best !== null && best.distance <= Math.max(2, Math.floor(given.length / 3)) ? best.name : null;
}

function slips(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row += 1) {
    const now = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      const swapped = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      const change = (last[column - 1] ?? 0) + (same ? 0 : 1);
      const swap = swapped ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      now.push(Math.min((last[column] ?? 0) + 1, (now[column - 1] ?? 0) + 1, change, swap));
    }
    beforeLast = last;
    last = now;
  }
  return last[right.length] ?? 0;
}
