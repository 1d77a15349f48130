/*
 * Runs in Lambda, whole, as text in the template (4,096 characters at most). Route 53 makes a zone's SOA record with the zone, and CloudFormation can
 * only create records, so this one is changed here: its TTL and its last field are how long a resolver remembers that a name does not exist.
 * Every call sets the same values again, so a repeat changes nothing. Nothing is undone on Delete: the zone stays, and so does its record.
 */
const { ChangeResourceRecordSetsCommand, ListResourceRecordSetsCommand, Route53Client } = require('@aws-sdk/client-route-53');

async function shorten({ zoneId, zoneName, seconds }) {
  const client = new Route53Client({});
  const start = { HostedZoneId: zoneId, StartRecordName: zoneName, StartRecordType: 'SOA', MaxItems: 1 };
  const { ResourceRecordSets } = await client.send(new ListResourceRecordSetsCommand(start));
  const soa = ResourceRecordSets?.[0];
  const fields = soa?.ResourceRecords?.[0]?.Value?.split(' ');
  if (soa?.Type !== 'SOA' || fields?.length !== 7) throw new Error(`${zoneName} has no SOA record that can be read`);
  const record = {
    Name: soa.Name,
    Type: 'SOA',
    TTL: Number(seconds),
    ResourceRecords: [{ Value: [...fields.slice(0, 6), seconds].join(' ') }],
  };
  const batch = { Comment: 'negative TTL', Changes: [{ Action: 'UPSERT', ResourceRecordSet: record }] };
  await client.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: zoneId, ChangeBatch: batch }));
}

exports.handler = async ({ RequestType, ResponseURL, StackId, RequestId, LogicalResourceId, ResourceProperties }) => {
  const answer = { Status: 'SUCCESS', PhysicalResourceId: `${ResourceProperties.zoneId}-soa`, StackId, RequestId, LogicalResourceId };
  try {
    if (RequestType !== 'Delete') await shorten(ResourceProperties);
  } catch (error) {
    answer.Status = 'FAILED';
    answer.Reason = String(error?.message ?? error);
  }
  // The address is signed for an empty content type.
  await fetch(ResponseURL, { method: 'PUT', headers: { 'content-type': '' }, body: Buffer.from(JSON.stringify(answer)) });
};
