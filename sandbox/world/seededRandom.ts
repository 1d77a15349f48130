/**
 * Every random choice of the sandbox, drawn from one seed.
 *
 * Guarantee: the same seed and the same draws give the same values, also across a restart from a snapshot.
 * Mechanism: sfc32 (Chris Doty-Humphrey, PractRand), its 128 bits of state taken from SHA-256 of the seed; `fork(label)` starts another
 * stream from SHA-256 of seed and label. Never used for anything that must be secret.
 */
import { createHash } from 'node:crypto';
import type { WorldRandom } from './world.ts';

export type Sfc32State = [number, number, number, number];

export type SavedRandom = { [label: string]: Sfc32State };

export interface SeededRandom extends WorldRandom {
  readonly seed: string;
  save(): SavedRandom;
  restore(saved: SavedRandom): void;
  reset(): void;
}

const rootLabel = '';

function stateFrom(seed: string, label: string): Sfc32State {
  const digest = createHash('sha256').update(`${seed}\u0000${label}`).digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)];
}

function nextUint32(state: Sfc32State): number {
  const [a, b, c, counter] = state;
  const sum = (((a + b) | 0) + counter) | 0;
  state[0] = b ^ (b >>> 9);
  state[1] = (c + (c << 3)) | 0;
  state[2] = (((c << 21) | (c >>> 11)) + sum) | 0;
  state[3] = (counter + 1) | 0;
  return sum >>> 0;
}

function streamOver(state: Sfc32State, fork: (label: string) => WorldRandom): WorldRandom {
  const next = () => nextUint32(state) / 0x1_0000_0000;
  const bytes = (n: number): Buffer => {
    const drawn = Buffer.alloc(n);
    for (let i = 0; i < n; i += 4) {
      const word = nextUint32(state);
      for (let k = 0; k < 4 && i + k < n; k += 1) drawn[i + k] = (word >>> (8 * k)) & 0xff;
    }
    return drawn;
  };
  const uuid = (): string => {
    const raw = bytes(16);
    raw.writeUInt8((raw.readUInt8(6) & 0x0f) | 0x40, 6);
    raw.writeUInt8((raw.readUInt8(8) & 0x3f) | 0x80, 8);
    return raw.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  };
  return { next, bytes, uuid, fork, integer: (min, max) => min + Math.floor(next() * (max - min + 1)) };
}

export function createSeededRandom(seed: number | string): SeededRandom {
  const text = String(seed);
  const states = new Map<string, Sfc32State>();
  const streams = new Map<string, WorldRandom>();

  function fork(label: string): WorldRandom {
    const known = streams.get(label);
    if (known !== undefined) return known;
    const state = stateFrom(text, label);
    const stream = streamOver(state, (inner) => fork(`${label}/${inner}`));
    states.set(label, state);
    streams.set(label, stream);
    return stream;
  }

  function restore(saved: SavedRandom): void {
    for (const [label, words] of Object.entries(saved)) {
      fork(label);
      states.get(label)?.splice(0, 4, ...words);
    }
  }

  return {
    ...fork(rootLabel),
    fork,
    seed: text,
    save: () => Object.fromEntries([...states].map(([label, state]) => [label, [...state]])),
    restore,
    reset: () => {
      for (const [label, state] of states) state.splice(0, 4, ...stateFrom(text, label));
    },
  };
}
