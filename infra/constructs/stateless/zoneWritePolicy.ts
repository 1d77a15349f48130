/**
 * The condition of a statement that allows changes of some records of a zone and no others. Route 53 compares *normalised* names: lower case, no
 * trailing dot, anything but letters, digits, hyphen, underscore and dot as `\ooo`. `ForAllValues` is true of a key that is absent, so each key must
 * also be there (`Null`). One statement must allow the whole of a batch: the keys hold what is in all of its changes together.
 */
import type { Conditions } from 'aws-cdk-lib/aws-iam';

export type ZoneWrite = {
  /** `*` stands for any text, dots included. */
  names: readonly string[];
  types: readonly string[];
  actions: readonly ('CREATE' | 'UPSERT' | 'DELETE')[];
};

const key = (what: 'NormalizedRecordNames' | 'RecordTypes' | 'Actions') => `route53:ChangeResourceRecordSets${what}`;

export const normalizedRecordNames = key('NormalizedRecordNames');

export function zoneWriteConditions({ names, types, actions }: ZoneWrite): Conditions {
  return {
    'ForAllValues:StringLike': { [key('NormalizedRecordNames')]: names },
    'ForAllValues:StringEquals': { [key('RecordTypes')]: types, [key('Actions')]: actions },
    Null: { [key('NormalizedRecordNames')]: 'false', [key('RecordTypes')]: 'false', [key('Actions')]: 'false' },
  };
}
