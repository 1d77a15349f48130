/** Does `work` for each, at most `atOnce` at the same time, begun in their order. One that throws ends the whole. */
export const inParallel = async <T>(atOnce: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
  const waiting = items.values();
  const one = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, one));
};
