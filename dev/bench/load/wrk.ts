/** Many requests at once with wrk, each with a key of its own: how many a second were answered as they should be, and how long they took. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from './tool.ts';

export type Load = {
  url: string;
  headers: Readonly<Record<string, string>>;
  /** This header's value is new with each request. */
  keyHeader: string;
  /** Sent in turn. */
  bodies: readonly string[];
  /** What stands for this in a body is each of these in turn, once for all the bodies. */
  filled?: { mark: string; values: readonly string[] };
  connections: number;
  seconds: number;
};
/** Requests a second; milliseconds; `failed`: answers that were not 2xx, and requests without one. */
export type LoadResult = { rate: number; p50Ms: number; p99Ms: number; failed: number };

/** As a Lua string of any bytes. */
const lua = (text: string): string => `"${[...Buffer.from(text)].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')}"`;

const script = ({ url, headers, keyHeader, bodies, filled = { mark: '', values: [] } }: Load, run: string): string => `
local threads = 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end
function init() n = 0; failed = 0 end
local headers = {${Object.entries(headers)
  .map(([name, value]) => `[${lua(name)}]=${lua(value)}`)
  .join(',')}}
local bodies = {${bodies.map(lua).join(',')}}
local values = {${filled.values.map(lua).join(',')}}
local function body()
  local text = bodies[n % #bodies + 1]
  if #values == 0 then return text end
  return (string.gsub(text, ${lua(filled.mark)}, values[math.floor(n / #bodies) % #values + 1]))
end
function request()
  n = n + 1
  headers[${lua(keyHeader)}] = ${lua(run)} .. "-" .. id .. "-" .. n
  return wrk.format("POST", ${lua(new URL(url).pathname)}, headers, body())
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("RESULT %f %f %f %d\\n", summary.requests / (summary.duration / 1000000), latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, e.status + e.connect + e.read + e.write + e.timeout))
end
`;

let runs = 0;

export async function underLoad(load: Load, folder: string): Promise<LoadResult> {
  runs += 1;
  const file = join(folder, 'load.lua');
  writeFileSync(file, script(load, `${process.pid}-${runs}`));
  const out = await runTool('wrk', ['-t', '1', '-c', String(load.connections), '-d', `${load.seconds}s`, '-s', file, load.url]);
  const [, rate, p50Ms, p99Ms, failed] = /RESULT (\S+) (\S+) (\S+) (\S+)/.exec(out) ?? [];
  return { rate: Number(rate), p50Ms: Number(p50Ms), p99Ms: Number(p99Ms), failed: Number(failed) };
}
