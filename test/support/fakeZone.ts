/**
 * One hosted zone in memory, by Route 53's rules: all or nothing, a deletion must name every value as it was written, an UPSERT counts twice towards the
 * limits of a batch. Its name servers answer what is in sync.
 */
import type { RecordProbe, ZoneChange, ZoneRecord, ZoneWriter } from '../../service/ports/ports.ts';
import { encodeTxt } from '../../service/ports/zoneValue.ts';
import type { FakeCalls } from './fakeCalls.ts';

/** `written`: the values as they went over the wire; a TXT may be cut into strings in more than one way. */
type Stored = ZoneRecord & { written: string };

const recordsMax = 1000;
const charactersMax = 32_000;

const keyOf = ({ name, type }: { name: string; type: string }) => `${name} ${type}`;
/** Route 53 lists by the labels reversed, the dots included. */
const placeOf = ({ name, type }: { name: string; type: string }): string =>
  `${name.toLowerCase().replace(/\.$/, '').split('.').reverse().join('.')}. ${type}`;
const wire = ({ type, values }: ZoneRecord) => values.map((value) => (type === 'TXT' ? encodeTxt(value) : value)).join('\n');

export class FakeZone {
  readonly records = new Map<string, Stored>();
  readonly batches: ZoneChange[][] = [];
  /** Refused in whatever batch they are in. */
  readonly badNames = new Set<string>();
  /** Changes stay PENDING until this is true. */
  inSync = true;
  /** What the name servers answer in place of the truth, by name. */
  readonly answers = new Map<string, 'unreachable' | 'stale'>();
  /** The name servers show nothing of what was written. */
  hidden = false;
  /** Records on one page of the list. */
  pageMax = 300;
  #lastChange = 0;
  readonly #calls: FakeCalls;

  constructor(calls: FakeCalls) {
    this.#calls = calls;
  }

  /** A record edited by hand; `written` as the editor cut it. */
  put(record: ZoneRecord, written: string = wire(record)): void {
    this.records.set(keyOf(record), { ...record, written });
  }

  #refuse(): never {
    return this.#calls.refuse('route53', 'change', 'InvalidChangeBatch');
  }

  #accept(changes: readonly ZoneChange[]): string {
    const weight = ({ action }: ZoneChange) => (action === 'UPSERT' ? 2 : 1);
    const count = changes.reduce((sum, change) => sum + weight(change) * change.record.values.length, 0);
    const characters = changes.reduce((sum, change) => sum + weight(change) * wire(change.record).length, 0);
    if (count > recordsMax || characters > charactersMax) this.#refuse();
    for (const { action, record } of changes) {
      if (this.badNames.has(record.name)) this.#refuse();
      const there = this.records.get(keyOf(record));
      if (action === 'DELETE' && (there === undefined || there.written !== wire(record) || there.ttl !== record.ttl)) this.#refuse();
    }
    for (const { action, record } of changes) {
      if (action === 'UPSERT') this.put(record);
      else this.records.delete(keyOf(record));
    }
    this.batches.push([...changes]);
    this.#lastChange += 1;
    return `C${this.#lastChange}-${Math.random()}`;
  }

  readonly writer: ZoneWriter = {
    change: (_zoneId, changes) => this.#calls.call('route53', 'change', () => ({ changeId: this.#accept(changes) })),
    changeStatus: () => this.#calls.call('route53', 'changeStatus', () => (this.inSync ? 'INSYNC' : 'PENDING')),
    listRecords: (_zoneId, from) =>
      this.#calls.call('route53', 'listRecords', () => {
        const listed = [...this.records.values()].toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
        const rest = from === null ? listed : listed.filter((record) => placeOf(record) >= placeOf(from));
        const next = rest[this.pageMax];
        const records = rest.slice(0, this.pageMax).map(({ written: _written, ...record }) => record);
        return { records, next: next === undefined ? null : { name: next.name, type: next.type } };
      }),
    nameServers: async () => ['ns-1.example.net'],
  };

  readonly #look = (name: string, type: string) =>
    this.#calls.call('dns', type, () => {
      const answer = this.answers.get(name);
      if (answer === 'unreachable') return { kind: 'unreachable', reason: 'no name server answered' } as const;
      if (answer === 'stale') return { kind: 'present', values: ['as it was'], ttl: 300 } as const;
      const there = this.hidden ? undefined : this.records.get(`${name} ${type}`);
      return there === undefined ? ({ kind: 'absent' } as const) : ({ kind: 'present', values: there.values, ttl: there.ttl } as const);
    });

  readonly probe: RecordProbe = { txt: (name) => this.#look(name, 'TXT'), cname: (name) => this.#look(name, 'CNAME') };
}
