/** Secrets that are planted, and the search for them in whatever form they may have taken. */

export class Canary {
  readonly #secrets = new Map<string, string>();
  readonly #bytes = new Map<string, Buffer>();

  /** `what` names it in a failure; the secret itself is not shown. Short ones would be found everywhere. */
  plant(what: string, secret: string): string {
    if (secret.length < 12) throw new Error(`${what} is too short to be looked for`);
    this.#secrets.set(secret, what);
    return secret;
  }

  /** A secret that is no text. */
  plantBytes(what: string, secret: Uint8Array): void {
    if (secret.length < 12) throw new Error(`${what} is too short to be looked for`);
    this.#bytes.set(what, Buffer.from(secret));
  }

  get count(): number {
    return this.#secrets.size + this.#bytes.size;
  }

  /** What of the planted stands in the text: as it is, in Base64 or hexadecimal, in an address, in JSON. */
  foundIn(text: string): string[] {
    const planted = [
      ...[...this.#secrets].map(([secret, what]) => [what, formsOf(secret)] as const),
      ...[...this.#bytes].map(([what, secret]) => [what, formsOfBytes(secret)] as const),
    ];
    const hits = planted.flatMap(([what, forms]) =>
      forms.flatMap(([form, written]) => (text.includes(written) ? [`${what} (${form}) near "${around(text, written)}"`] : [])),
    );
    return [...new Set(hits)];
  }
}

/** As a Buffer is written by JSON and by `inspect` besides. */
const formsOfBytes = (bytes: Buffer): [form: string, written: string][] => [
  ['base64', bytes.toString('base64').replace(/=+$/, '').slice(0, -2)],
  ['base64url', bytes.toString('base64url').slice(0, -2)],
  ['hex', bytes.toString('hex')],
  ['list', [...bytes].join(',')],
  ['inspect', bytes.toString('hex').replace(/(..)(?!$)/g, '$1 ')],
];

const formsOf = (secret: string): [form: string, written: string][] => {
  const bytes = Buffer.from(secret);
  // The last characters of Base64 depend on what follows.
  const base64 = bytes.toString('base64').replace(/=+$/, '').slice(0, -2);
  const forms: [string, string][] = [
    ['plain', secret],
    ['base64', base64],
    ['base64url', base64.replaceAll('+', '-').replaceAll('/', '_')],
    ['hex', bytes.toString('hex')],
    ['address', encodeURIComponent(secret)],
  ];
  return forms.filter(
    ([form, written], at) => at === 0 || (written !== secret && form !== '' && forms.findIndex(([, w]) => w === written) === at),
  );
};

/** Where it stands, without itself. */
const around = (text: string, written: string): string => {
  const at = text.indexOf(written);
  return `${text.slice(Math.max(0, at - 80), at)}…${text.slice(at + written.length, at + written.length + 20)}`.replaceAll('\n', ' ');
};
