/**
 * What happens later, in order of `at`, then of scheduling.
 *
 * A binary heap, since a load test schedules items by the hundred thousand. A cancelled item stays in the heap until it comes to the top:
 * `#live` says which still count.
 */
import type { AgendaItem } from './world.ts';

const isBefore = (a: AgendaItem, b: AgendaItem): boolean => (a.at === b.at ? a.id < b.id : a.at < b.at);

export class Agenda {
  readonly #heap: AgendaItem[] = [];
  readonly #live = new Set<number>();

  add(item: AgendaItem): void {
    this.#live.add(item.id);
    let at = this.#heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || !isBefore(item, parent)) break;
      this.#heap[at] = parent;
      at = above;
    }
    this.#heap[at] = item;
  }

  /** Whether there was such an item. */
  cancel(id: number): boolean {
    return this.#live.delete(id);
  }

  first(): AgendaItem | null {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#live.has(top.id)) return top;
      this.#dropTop();
    }
    return null;
  }

  take(): AgendaItem | null {
    const first = this.first();
    if (first === null) return null;
    this.#live.delete(first.id);
    this.#dropTop();
    return first;
  }

  /** In order. */
  items(): AgendaItem[] {
    return this.#heap.filter((item) => this.#live.has(item.id)).sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  replace(items: readonly AgendaItem[]): void {
    this.#heap.length = 0;
    this.#live.clear();
    for (const item of items) this.add(item);
  }

  /** The last item takes the place of the first and sinks to where it belongs. */
  #dropTop(): void {
    const last = this.#heap.pop();
    const size = this.#heap.length;
    if (last === undefined || size === 0) return;
    let at = 0;
    for (;;) {
      const [left, right] = [this.#heap[2 * at + 1], this.#heap[2 * at + 2]];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const lesser = isRight ? right : left;
      if (lesser === undefined || !isBefore(lesser, last)) break;
      this.#heap[at] = lesser;
      at = 2 * at + (isRight ? 2 : 1);
    }
    this.#heap[at] = last;
  }
}
