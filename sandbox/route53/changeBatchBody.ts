/** Reads the body of ChangeResourceRecordSets. What the sandbox does not serve is refused by name, never passed over. */
import { z } from 'zod';
import type { RequestedChange } from './changeBatch.ts';
import { Route53Error } from './route53Error.ts';
import { readXml } from './xml.ts';

const ttlMax = 2_147_483_647;

const recordSet = z.strictObject({
  Name: z.string().min(1),
  Type: z.string().min(1),
  TTL: z.string().regex(/^\d+$/).transform(Number).pipe(z.number().max(ttlMax)).optional(),
  ResourceRecords: z.object({ ResourceRecord: z.array(z.strictObject({ Value: z.string() })).min(1) }).optional(),
});

const change = z.strictObject({ Action: z.enum(['CREATE', 'DELETE', 'UPSERT']), ResourceRecordSet: recordSet });

const body = z.strictObject({
  ChangeResourceRecordSetsRequest: z.object({
    ChangeBatch: z.strictObject({ Comment: z.string().optional(), Changes: z.object({ Change: z.array(change).min(1) }) }),
  }),
});

export type ChangeBatchBody = { comment: string; changes: RequestedChange[] };

function refusal(error: z.ZodError): Route53Error {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).slice(1).join('.');
  if (issue?.code === 'unrecognized_keys') {
    return new Route53Error(
      'NotImplemented',
      `The sandbox serves simple record sets only; it does not serve ${issue.keys.join(', ')} (at ${path})`,
    );
  }
  return new Route53Error('InvalidInput', `1 validation error detected: '${path}': ${issue?.message ?? 'not valid'}`);
}

export function readChangeBatch(bytes: Buffer): ChangeBatchBody {
  const read = body.safeParse(readXml(bytes));
  if (!read.success) throw refusal(read.error);
  const { Comment: comment = '', Changes: changes } = read.data.ChangeResourceRecordSetsRequest.ChangeBatch;
  return {
    comment,
    changes: changes.Change.map(({ Action: action, ResourceRecordSet: set }) => {
      const values = (set.ResourceRecords?.ResourceRecord ?? []).map((record) => record.Value);
      if (set.TTL === undefined || values.length === 0) {
        throw new Route53Error(
          'InvalidInput',
          `Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none in Change with [Action=${action}, Name=${set.Name}, Type=${set.Type}, SetIdentifier=null]`,
        );
      }
      return { action, name: set.Name, type: set.Type, ttl: set.TTL, values };
    }),
  };
}
