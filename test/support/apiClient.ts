/** A tiny client of the HTTP API with an operator's headers. It judges nothing: the test looks at status and body. */
export type ApiAnswer = {
  status: number;
  headers: Headers;
  // What a route answers is for the test to expect; `toMatchObject` reads it.
  body: unknown;
};

export type ApiCall = { tenant?: string; author?: string; headers?: Record<string, string>; body?: unknown };

export type ApiClient = {
  /** `path` begins below the base path. */
  call(method: string, path: string, options?: ApiCall): Promise<ApiAnswer>;
  get(path: string, options?: ApiCall): Promise<ApiAnswer>;
  post(path: string, body?: unknown, options?: ApiCall): Promise<ApiAnswer>;
  /** `/livez`, `/metrics`, `/docs`: no base path, no key. */
  outside(path: string): Promise<ApiAnswer>;
};

const basePath = '/v1/shop-access/email';

async function answerOf(response: Response): Promise<ApiAnswer> {
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text };
}

/** Defaults: tenant `acme`, author `test`. */
export function operatorClient(serviceUrl: string, apiKey: string): ApiClient {
  const call = async (
    method: string,
    path: string,
    { tenant = 'acme', author = 'test', headers = {}, body }: ApiCall = {},
  ): Promise<ApiAnswer> => {
    const sent = { Authorization: `Bearer ${apiKey}`, 'X-Tenant-Id': tenant, 'X-Author': author, ...headers };
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
    return answerOf(await fetch(`${serviceUrl}${basePath}${path}`, { method, headers: { ...type, ...sent }, ...json }));
  };
  return {
    call,
    get: (path, options) => call('GET', path, options),
    post: (path, body, options) => call('POST', path, { ...options, body }),
    outside: async (path) => answerOf(await fetch(`${serviceUrl}${path}`)),
  };
}
