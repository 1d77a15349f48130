/** Tags of hosted zones. There are no health checks here, so none can be tagged. */
import { z } from 'zod';
import type { RimAnswer, RimRequest } from '../world/httpRim.ts';
import { refuseWhilePending, zoneOf } from './recordOperations.ts';
import type { Operation, Route53Context } from './route53Context.ts';
import { Route53Error } from './route53Error.ts';
import { readBody, type XmlNode, xmlAnswer } from './xml.ts';
import type { Zone } from './zones.ts';

/** The API's bounds. */
const keyMax = 128;
const valueMax = 256;
const tagsPerCallMax = 10;
const resourcesPerCallMax = 10;

const changeBody = z.strictObject({
  ChangeTagsForResourceRequest: z.object({
    AddTags: z
      .object({
        Tag: z
          .array(z.strictObject({ Key: z.string().min(1).max(keyMax), Value: z.string().max(valueMax).default('') }))
          .min(1)
          .max(tagsPerCallMax),
      })
      .optional(),
    RemoveTagKeys: z.object({ Key: z.array(z.string().min(1).max(keyMax)).min(1).max(tagsPerCallMax) }).optional(),
  }),
});

const listBody = z.strictObject({
  ListTagsForResourcesRequest: z.object({
    ResourceIds: z.object({ ResourceId: z.array(z.string().min(1)).min(1).max(resourcesPerCallMax) }),
  }),
});

function taggedZone(context: Route53Context, type: string | undefined, id: string | undefined): Zone {
  if (type === 'hostedzone') return zoneOf(context, id);
  if (type === 'healthcheck') throw new Route53Error('NoSuchHealthCheck', `No health check exists with the specified ID: ${id ?? ''}`);
  throw new Route53Error('InvalidInput', `Value '${type ?? ''}' at 'resourceType' must be one of healthcheck, hostedzone`);
}

const tagSet = (zone: Zone): XmlNode => ({
  ResourceType: 'hostedzone',
  ResourceId: zone.id,
  Tags: { Tag: zone.tags.map((tag) => ({ ...tag })) },
});

function changeTags(context: Route53Context, request: RimRequest, type: string | undefined, id: string | undefined): RimAnswer {
  const zone = taggedZone(context, type, id);
  const { AddTags: added, RemoveTagKeys: removed } = readBody(
    changeBody,
    request.body,
    'ChangeTagsForResource',
  ).ChangeTagsForResourceRequest;
  if (added === undefined && removed === undefined)
    throw new Route53Error('InvalidInput', 'ChangeTagsForResource needs AddTags or RemoveTagKeys');
  refuseWhilePending(context, zone);
  const gone = new Set([...(removed?.Key ?? []), ...(added?.Tag ?? []).map((tag) => tag.Key)]);
  zone.tags = [...zone.tags.filter((tag) => !gone.has(tag.Key)), ...(added?.Tag ?? [])].sort((a, b) => (a.Key < b.Key ? -1 : 1));
  context.touched();
  return xmlAnswer(200, 'ChangeTagsForResourceResponse', {});
}

function listTags(context: Route53Context, _request: RimRequest, type: string | undefined, id: string | undefined): RimAnswer {
  return xmlAnswer(200, 'ListTagsForResourceResponse', { ResourceTagSet: tagSet(taggedZone(context, type, id)) });
}

function listTagsOfSeveral(context: Route53Context, request: RimRequest, type: string | undefined): RimAnswer {
  const ids = readBody(listBody, request.body, 'ListTagsForResources').ListTagsForResourcesRequest.ResourceIds.ResourceId;
  const zones = ids.map((id) => taggedZone(context, type, id));
  return xmlAnswer(200, 'ListTagsForResourcesResponse', { ResourceTagSets: { ResourceTagSet: zones.map(tagSet) } });
}

export const tagOperations: Readonly<Record<string, Operation>> = {
  ChangeTagsForResource: changeTags,
  ListTagsForResource: listTags,
  ListTagsForResources: listTagsOfSeveral,
};
