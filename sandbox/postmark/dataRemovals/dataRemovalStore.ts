/** Requests to erase a recipient, by id. */
export type DataRemoval = { id: number; requestedBy: string; requestedFor: string; notify: boolean; status: 'Pending' | 'Done' };

const firstId = 1001;

export type SavedDataRemovals = { nextId: number; dataRemovals: DataRemoval[] };

export class DataRemovalStore {
  #nextId = firstId;
  readonly #byId = new Map<number, DataRemoval>();

  takeId(): number {
    this.#nextId += 1;
    return this.#nextId - 1;
  }

  byId(id: number): DataRemoval | undefined {
    return this.#byId.get(id);
  }

  all(): DataRemoval[] {
    return [...this.#byId.values()];
  }

  add(dataRemoval: DataRemoval): void {
    this.#byId.set(dataRemoval.id, dataRemoval);
  }

  save(): SavedDataRemovals {
    return { nextId: this.#nextId, dataRemovals: this.all() };
  }

  restore(saved: SavedDataRemovals): void {
    this.reset();
    this.#nextId = saved.nextId;
    for (const dataRemoval of structuredClone(saved.dataRemovals)) this.add(dataRemoval);
  }

  reset(): void {
    this.#nextId = firstId;
    this.#byId.clear();
  }
}
