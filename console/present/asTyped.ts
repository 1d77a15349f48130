/** A call of the API that the service recommends, as something to type here; what this command line has not stays a call. */
const apiCall = /^POST \S*\/email(\/\S+)(?: (\{.*\}))?$/;

const flagsOf = (body: string | undefined, tenantId: string | undefined): string => {
  const given: Record<string, unknown> = body === undefined ? {} : JSON.parse(body);
  const { reason, force, adopt } = given;
  return [
    ...(tenantId === undefined ? [] : [` --tenant ${tenantId}`]),
    ...(typeof reason === 'string' ? [' --reason "…"'] : []),
    ...(force === true ? [' --force'] : []),
    ...(adopt === true ? [' --adopt'] : []),
  ].join('');
};

const recipientOf = (body: string | undefined): string => {
  const recipient: unknown = body === undefined ? undefined : JSON.parse(body).recipient;
  return typeof recipient === 'string' && recipient !== '' ? recipient : 'RECIPIENT';
};

export function asTyped(command: string, tenantId?: string): string {
  const [, path = '', body] = apiCall.exec(command) ?? [];
  const signal = /^\/configuration\/([^/]+)\/([a-z-]+)$/.exec(path);
  if (signal !== null) return `postroute ${signal[2]} ${signal[1]}${flagsOf(body, undefined)}`;
  if (path === '/suppression/release') return `postroute suppressions release ${recipientOf(body)}${flagsOf(body, tenantId)}`;
  if (path === '/material/refresh') return 'postroute material refresh';
  if (path === '/material/re-encrypt') return 'postroute material re-encrypt';
  if (path === '/webhook-credential/rotate') return 'postroute rotate-webhooks';
  return /^\/drift\/plan\b/.test(path) ? 'postroute drift plan' : command;
}
