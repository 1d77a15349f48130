/** Senders whose mail a server does not take: whole addresses and whole domains, whatever their case. */
export type InboundRule = { id: number; serverId: number; rule: string };

const firstId = 3_001;

export type SavedInboundRules = { nextId: number; rules: InboundRule[] };

export class InboundRuleStore {
  #nextId = firstId;
  #rules: InboundRule[] = [];

  /** Null when there is such a rule already. */
  add(serverId: number, rule: string): InboundRule | null {
    if (this.ofServer(serverId).some((known) => known.rule.toLowerCase() === rule.toLowerCase())) return null;
    const made = { id: this.#nextId, serverId, rule };
    this.#nextId += 1;
    this.#rules.push(made);
    return made;
  }

  ofServer(serverId: number): InboundRule[] {
    return this.#rules.filter((rule) => rule.serverId === serverId);
  }

  /** The rule that blocks this sender. */
  blocking(serverId: number, email: string): InboundRule | undefined {
    const address = email.toLowerCase();
    const domain = address.slice(address.lastIndexOf('@') + 1);
    return this.ofServer(serverId).find(({ rule }) => [address, domain, `@${domain}`].includes(rule.toLowerCase()));
  }

  remove(rule: InboundRule): void {
    this.#rules = this.#rules.filter((known) => known !== rule);
  }

  removeServer(serverId: number): void {
    this.#rules = this.#rules.filter((rule) => rule.serverId !== serverId);
  }

  save(): SavedInboundRules {
    return { nextId: this.#nextId, rules: this.#rules };
  }

  restore(saved: SavedInboundRules): void {
    this.#nextId = saved.nextId;
    this.#rules = structuredClone(saved.rules);
  }

  reset(): void {
    this.#nextId = firstId;
    this.#rules = [];
  }
}
