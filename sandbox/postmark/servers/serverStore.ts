/** The servers of the account, found by id, by token and by name, the last two without regard to case. */
import type { ServerRecord } from './server.ts';

/** Real ids have seven or eight digits; nothing depends on the number. */
const firstId = 10_000_001;

export type SavedServers = { nextId: number; records: ServerRecord[] };

export class ServerStore {
  #nextId = firstId;
  #byId = new Map<number, ServerRecord>();
  readonly #idByToken = new Map<string, number>();
  readonly #idByName = new Map<string, number>();

  takeId(): number {
    this.#nextId += 1;
    return this.#nextId - 1;
  }

  byId(id: number): ServerRecord | undefined {
    return this.#byId.get(id);
  }

  byToken(token: string): ServerRecord | undefined {
    const id = this.#idByToken.get(token.toLowerCase());
    return id === undefined ? undefined : this.#byId.get(id);
  }

  byName(name: string): ServerRecord | undefined {
    const id = this.#idByName.get(name.toLowerCase());
    return id === undefined ? undefined : this.#byId.get(id);
  }

  all(): ServerRecord[] {
    return [...this.#byId.values()];
  }

  add(record: ServerRecord): void {
    this.#byId.set(record.server.ID, record);
    this.#idByName.set(record.server.Name.toLowerCase(), record.server.ID);
    for (const token of record.server.ApiTokens) this.#idByToken.set(token.toLowerCase(), record.server.ID);
  }

  rename(record: ServerRecord, name: string): void {
    this.#idByName.delete(record.server.Name.toLowerCase());
    record.server.Name = name;
    this.#idByName.set(name.toLowerCase(), record.server.ID);
  }

  addToken(record: ServerRecord, token: string): void {
    record.server.ApiTokens.push(token);
    this.#idByToken.set(token.toLowerCase(), record.server.ID);
  }

  removeToken(record: ServerRecord, token: string): void {
    record.server.ApiTokens = record.server.ApiTokens.filter((known) => known !== token);
    this.#idByToken.delete(token.toLowerCase());
  }

  remove(record: ServerRecord): void {
    this.#byId.delete(record.server.ID);
    this.#idByName.delete(record.server.Name.toLowerCase());
    for (const token of record.server.ApiTokens) this.#idByToken.delete(token.toLowerCase());
  }

  save(): SavedServers {
    return { nextId: this.#nextId, records: this.all() };
  }

  restore(saved: SavedServers): void {
    this.reset();
    this.#nextId = saved.nextId;
    for (const record of structuredClone(saved.records)) this.add(record);
  }

  reset(): void {
    this.#nextId = firstId;
    this.#byId = new Map();
    this.#idByToken.clear();
    this.#idByName.clear();
  }
}
