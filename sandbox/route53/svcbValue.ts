/** SVCB and HTTPS values (RFC 9460): `priority target key=value …` as Route 53 takes them, and the octets of their parameters. */

/** Registered keys; others are written `key65000`. */
const keyNumbers: Readonly<Record<string, number>> = {
  mandatory: 0,
  alpn: 1,
  'no-default-alpn': 2,
  port: 3,
  ipv4hint: 4,
  ech: 5,
  ipv6hint: 6,
};

export type SvcbValue = { priority: number; target: string; parameters: Buffer };

const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
};

function keyNumber(key: string): number | null {
  const known = Object.hasOwn(keyNumbers, key) ? keyNumbers[key] : undefined;
  if (known !== undefined) return known;
  const digits = /^key([1-9]\d{0,4}|0)$/.exec(key)?.[1];
  return digits === undefined || Number(digits) > 65_535 ? null : Number(digits);
}

function ipv4Bytes(text: string): Buffer | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number) ?? [];
  return parts.length === 4 && parts.every((part) => part <= 255) ? Buffer.from(parts) : null;
}

/** The 16 octets of an IPv6 address in any spelling, or null. */
export function ipv6Bytes(text: string): Buffer | null {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !text.includes(':') || !URL.canParse(`http://[${text}]/`)) return null;
  const [head = '', tail] = new URL(`http://[${text}]/`).hostname.slice(1, -1).split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const all = [...before, ...Array.from({ length: zeros }, () => '0'), ...after];
  return Buffer.concat(all.map((group) => u16(Number.parseInt(group, 16))));
}

function joined(parts: readonly (Buffer | null)[]): Buffer | null {
  const present = parts.filter((part) => part !== null);
  return present.length === parts.length && parts.length > 0 ? Buffer.concat(present) : null;
}

function parameterBytes(key: number, value: string | undefined): Buffer | null {
  const items = value === undefined || value === '' ? [] : value.split(',');
  if (key === 2) return value === undefined ? Buffer.alloc(0) : null;
  if (key === 0) {
    return joined(
      items.map((item) => {
        const number = keyNumber(item);
        return number === null ? null : u16(number);
      }),
    );
  }
  if (key === 1) {
    const lengths = items.map((item) =>
      item.length > 0 && item.length <= 255 ? Buffer.from(`${String.fromCharCode(item.length)}${item}`, 'latin1') : null,
    );
    return joined(lengths);
  }
  if (key === 3) return value !== undefined && /^\d{1,5}$/.test(value) && Number(value) <= 65_535 ? u16(Number(value)) : null;
  if (key === 4) return joined(items.map(ipv4Bytes));
  if (key === 6) return joined(items.map(ipv6Bytes));
  if (key === 5) return value !== undefined && /^[A-Za-z0-9+/]+=*$/.test(value) ? Buffer.from(value, 'base64') : null;
  return Buffer.from(value ?? '', 'latin1');
}

/** Parameters go out in the order of their keys, each once. Null for what is no such value; whether the target is a name is not looked at. */
export function readSvcbValue(value: string): SvcbValue | null {
  const [priority = '', target = '', ...written] = value.trim().match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
  if (!/^\d{1,5}$/.test(priority) || Number(priority) > 65_535 || target === '') return null;
  if (Number(priority) === 0 && written.length > 0) return null;
  const byKey = new Map<number, Buffer>();
  for (const parameter of written) {
    const [, name = '', quoted, plain] = /^([a-z0-9-]+)(?:=(?:"([^"]*)"|(.*)))?$/.exec(parameter) ?? [];
    const key = keyNumber(name);
    const bytes = key === null ? null : parameterBytes(key, quoted ?? plain);
    if (key === null || bytes === null || byKey.has(key)) return null;
    byKey.set(key, bytes);
  }
  const ordered = [...byKey].sort(([a], [b]) => a - b);
  return {
    priority: Number(priority),
    target,
    parameters: Buffer.concat(ordered.flatMap(([key, bytes]) => [u16(key), u16(bytes.length), bytes])),
  };
}
