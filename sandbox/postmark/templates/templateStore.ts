/** The templates of each server, found by id and by alias; aliases are one whatever their case. */
import type { Template } from './template.ts';

const firstId = 40_000_001;

export type SavedTemplates = { nextId: number; templates: Template[] };

export class TemplateStore {
  #nextId = firstId;
  readonly #byServer = new Map<number, Map<number, Template>>();

  takeId(): number {
    this.#nextId += 1;
    return this.#nextId - 1;
  }

  /** In order of creation. */
  ofServer(serverId: number): Template[] {
    return [...(this.#byServer.get(serverId)?.values() ?? [])];
  }

  byId(serverId: number, id: number): Template | undefined {
    return this.#byServer.get(serverId)?.get(id);
  }

  byAlias(serverId: number, alias: string): Template | undefined {
    const wanted = alias.toLowerCase();
    return this.ofServer(serverId).find((template) => template.alias?.toLowerCase() === wanted);
  }

  /** An alias begins with a letter, so digits are an id. */
  byIdOrAlias(serverId: number, idOrAlias: string): Template | undefined {
    return /^\d{1,15}$/.test(idOrAlias) ? this.byId(serverId, Number(idOrAlias)) : this.byAlias(serverId, idOrAlias);
  }

  /** Also puts a changed template in the place of the one with its id. */
  put(template: Template): void {
    const known = this.#byServer.get(template.serverId) ?? new Map<number, Template>();
    known.set(template.id, template);
    this.#byServer.set(template.serverId, known);
  }

  remove(template: Template): void {
    this.#byServer.get(template.serverId)?.delete(template.id);
  }

  removeServer(serverId: number): void {
    this.#byServer.delete(serverId);
  }

  save(): SavedTemplates {
    return { nextId: this.#nextId, templates: [...this.#byServer.keys()].flatMap((id) => this.ofServer(id)) };
  }

  restore(saved: SavedTemplates): void {
    this.reset();
    this.#nextId = saved.nextId;
    for (const template of structuredClone(saved.templates)) this.put(template);
  }

  reset(): void {
    this.#nextId = firstId;
    this.#byServer.clear();
  }
}
