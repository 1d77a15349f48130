/** What the root stack and the partitions' stacks must agree on, since neither can ask the other: they live in different accounts. */
import { Duration } from 'aws-cdk-lib';
import type { Partition } from '../config/partitions.ts';

/** Resolvers remember a wrong delegation this long. Route 53 answers for it, so two days, as is usual elsewhere, would save nothing. */
export const delegationTtl = Duration.hours(1);

const roleName = (partition: string): string => `${partition}-MailDelegation`;

export const delegationRoleName = ({ name }: Partition): string => roleName(name);

export const delegationRoleArn = ({ name, mailRoot }: Partition): string => `arn:aws:iam::${mailRoot.account}:role/${roleName(name)}`;
