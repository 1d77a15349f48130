/** `GET /clock/watch`: one open answer per service that lives in this clock's time. The protocol is in sandbox/README.md. */
import type { ServerResponse } from 'node:http';
import type { SandboxWorld } from '../world/createWorld.ts';
import { InputError } from '../world/inputError.ts';
import type { Due } from '../world/watchers.ts';
import type { Json } from '../world/world.ts';

export function watchClock(world: SandboxWorld, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  response.socket?.setNoDelay(true);
  const write = (line: object) => {
    response.write(`${JSON.stringify(line)}\n`);
  };
  const watcher = world.watchers.add(write, { nowMs: world.clock.now(), offsetMs: world.clock.offsetMs() });
  response.on('close', watcher.remove);
  write(watcher.first);
}

/** A step that was passed over meanwhile is answered `late`, and what falls due is noted all the same. */
export function noteSettled(world: SandboxWorld, { watcher, seq, ...due }: Due & { watcher: string; seq: number }): Json {
  const outcome = world.watchers.settled(watcher, seq, due);
  if (outcome === 'unknown-watcher')
    throw new InputError(`field 'watcher': no watcher '${watcher}' is connected; open GET /clock/watch again`);
  return { outcome };
}
