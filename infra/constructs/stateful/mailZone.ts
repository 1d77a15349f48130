import { RemovalPolicy } from 'aws-cdk-lib';
import { PublicHostedZone, TxtRecord } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { dmarcPolicy } from './dmarcPolicy.ts';

export type MailZoneProps = {
  /** Lower case, no trailing dot. */
  zoneName: string;
  /** What the console shows beside the zone. */
  comment: string;
  /**
   * Who gets the aggregate DMARC reports.
   * @default null: nobody
   */
  dmarcReports?: string | null;
};

/**
 * A public zone and what its apex says about mail: nothing is ever sent from the apex itself, only from the names below it.
 * All of it outlives the stack: a deleted stack must not stop a partition's mail, nor let others write in its name.
 */
export class MailZone extends Construct {
  readonly zone: PublicHostedZone;

  constructor(scope: Construct, id: string, { zoneName, comment, dmarcReports = null }: MailZoneProps) {
    super(scope, id);
    this.zone = new PublicHostedZone(this, 'Zone', { zoneName, comment });
    const spf = new TxtRecord(this, 'Spf', { zone: this.zone, values: ['v=spf1 -all'], comment: 'the apex sends no mail' });
    const dmarc = new TxtRecord(this, 'Dmarc', { zone: this.zone, recordName: '_dmarc', values: [dmarcPolicy(dmarcReports)] });
    for (const kept of [this.zone, spf, dmarc]) kept.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
