/** `/templates/push`: makes the templates of one server those of another. Templates are the same when their aliases are, so those without one stay behind. */
import type { Json } from '../../world/world.ts';
import type { Postmark } from '../postmark.ts';
import { flagIn, type JsonObject, objectOf } from '../rim/jsonBody.ts';
import { Refusal } from '../rim/refusal.ts';
import { checkRoom } from './checkTemplate.ts';
import type { Template } from './template.ts';

type Change = { action: 'Create' | 'Edit'; source: Template; target: Template | undefined };

const contentOf = ({ name, alias, type, subject, htmlBody, textBody, layout }: Template) =>
  JSON.stringify([name, alias, type, subject, htmlBody, textBody, layout]);

function serverIdIn(body: JsonObject, field: string): number {
  const value = body[field];
  return typeof value === 'number' || (typeof value === 'string' && /^\d{1,15}$/.test(value)) ? Number(value) : -1;
}

function serversIn({ servers }: Postmark, body: JsonObject): { sourceId: number; destinationId: number } {
  const sourceId = serverIdIn(body, 'SourceServerID');
  const destinationId = serverIdIn(body, 'DestinationServerID');
  const [source, destination] = [servers.byId(sourceId), servers.byId(destinationId)];
  if (source === undefined && destination === undefined) throw new Refusal(601, 'The source and destination servers were not found.');
  if (destination === undefined) throw new Refusal(601, 'The destination server was not found.');
  if (source === undefined) throw new Refusal(601, 'The source server was not found.');
  return { sourceId, destinationId };
}

/** Layouts first, since the others name them. What is the same already is no change. */
function changesBetween({ templates }: Postmark, sourceId: number, destinationId: number): Change[] {
  const pushed = templates.ofServer(sourceId).filter(({ alias }) => alias !== null);
  if (pushed.length === 0) throw new Refusal(1124);
  const ordered = [...pushed.filter(({ type }) => type === 'Layout'), ...pushed.filter(({ type }) => type !== 'Layout')];
  return ordered.flatMap((source): Change[] => {
    const target = templates.byAlias(destinationId, source.alias ?? '');
    if (target !== undefined && target.type !== source.type) throw new Refusal(1125);
    if (target !== undefined && contentOf(target) === contentOf(source)) return [];
    return [{ action: target === undefined ? 'Create' : 'Edit', source, target }];
  });
}

export function pushTemplates(postmark: Postmark, input: JsonObject): Json {
  const body = objectOf(input, ['SourceServerID', 'DestinationServerID', 'PerformChanges']);
  const perform = flagIn(body, 'PerformChanges') ?? false;
  const { sourceId, destinationId } = serversIn(postmark, body);
  const changes = changesBetween(postmark, sourceId, destinationId);
  checkRoom(postmark, destinationId, changes.filter(({ action }) => action === 'Create').length);
  const shown = changes.map(({ action, source, target }) => {
    const id = target?.id ?? (perform ? postmark.templates.takeId() : undefined);
    if (perform && id !== undefined) postmark.templates.put({ ...source, id, serverId: destinationId });
    return {
      Action: action,
      ...(id === undefined ? {} : { TemplateId: id }),
      Alias: source.alias,
      Name: source.name,
      TemplateType: source.type,
    };
  });
  postmark.world.touched();
  return { TotalCount: shown.length, Templates: shown };
}
