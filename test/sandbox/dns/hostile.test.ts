/** What only somebody who means no good, or has a fault of his own, does to a name server. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { ChangeResourceRecordSetsCommand, type RRType } from '@aws-sdk/client-route-53';
import { decode } from 'dns-packet';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { listenForDns } from '../../../sandbox/dns/dnsListener.ts';
import { askTcp, askUdp, questionPacket } from '../support/dnsQuestion.ts';
import { sandboxFixture } from '../support/sandboxFixture.ts';

const sandbox = await sandboxFixture({ seed: 3 });
const zone = 'dev.ardamails.com';
/** A question for all types, which the library does not know. */
const anyType = 255;
const { dns, resolver } = sandbox.addresses;

beforeEach(async () => {
  await sandbox.post('/reset', {});
});

async function write(name: string, type: RRType, values: string[]): Promise<void> {
  const set = { Name: name, Type: type, TTL: 300, ResourceRecords: values.map((Value) => ({ Value })) };
  const ChangeBatch = { Changes: [{ Action: 'CREATE' as const, ResourceRecordSet: set }] };
  await sandbox.route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: sandbox.zoneId, ChangeBatch }));
}

const framed = (message: Buffer): Buffer => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
};

async function connected(address: string): Promise<Socket> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const connection = connect(Number(port), hostname);
  onTestFinished(() => void connection.destroy());
  connection.on('error', () => {});
  await once(connection, 'connect');
  return connection;
}

/** The first `count` messages that come, in order; fewer when the connection ends before. */
async function messagesFrom(connection: Socket, count: number): Promise<Buffer[]> {
  const messages: Buffer[] = [];
  let received = Buffer.alloc(0);
  for await (const chunk of connection) {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      messages.push(received.subarray(2, end));
      received = received.subarray(end);
    }
    if (messages.length >= count) break;
  }
  return messages;
}

describe.each([
  ['the authoritative server', dns],
  ['the resolver', resolver],
])('%s', (_who, address) => {
  it('answers hundreds of questions on one connection in the order they came, however they were cut', async () => {
    const connection = await connected(address);
    const ids = Array.from({ length: 400 }, (_, index) => index * 7);
    const sent = Buffer.concat(ids.map((id) => framed(questionPacket({ name: zone, type: 'SOA', recursionDesired: true }, id))));
    for (let at = 0; at < sent.length; at += 333) connection.write(sent.subarray(at, at + 333));
    const answers = await messagesFrom(connection, ids.length);
    expect(answers.map((answer) => answer.readUInt16BE(0))).toEqual(ids);
  });

  it('goes on after any octets over UDP and TCP, and has nothing to report', { timeout: 60_000 }, async () => {
    const reported = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
    onTestFinished(() => reported.mockRestore());
    const socket = createSocket('udp4');
    onTestFinished(() => void socket.close());
    const { hostname, port } = new URL(`tcp://${address}`);
    const question = questionPacket({ name: `a.${zone}`, type: 'TXT', ednsSize: 1232, recursionDesired: true });
    const edited = fc.array(fc.tuple(fc.nat(question.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }).map((edits) => {
      const bytes = Buffer.from(question);
      for (const [index, byte] of edits) bytes.writeUInt8(byte, index);
      return bytes;
    });
    const octets = fc.oneof(
      { weight: 4, arbitrary: edited },
      fc.uint8Array({ maxLength: 700 }).map((bytes) => Buffer.from(bytes)),
    );
    const storm = fc.array(octets, { minLength: 20, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(storm, fc.boolean(), async (packets, isFramed) => {
        for (const packet of packets) socket.send(packet, Number(port), hostname);
        const connection = await connected(address);
        connection.resume();
        connection.end(Buffer.concat(packets.map((packet) => (isFramed ? framed(packet) : packet))));
        await once(connection, 'close');
        expect((await askTcp(address, { name: zone, type: 'SOA', recursionDesired: true })).answers).toHaveLength(1);
      }),
      { numRuns: 40, seed: 20_260_102 },
    );
    expect((await askUdp(address, { name: zone, type: 'SOA', recursionDesired: true })).answers).toHaveLength(1);
    expect(reported.mock.calls.map(([text]) => String(text))).toEqual([]);
  });

  it('says TC of what is too long for TCP as well, and answers the next question on the same connection', async () => {
    await sandbox.post('/settings', { anyQueries: 'whole' });
    const texts = Array.from(
      { length: 8 },
      (_, index) =>
        `"${String(index)}" ${Array(15)
          .fill(`"${'x'.repeat(250)}"`)
          .join(' ')}`,
    );
    await write(`big.${zone}`, 'TXT', texts);
    await write(`big.${zone}`, 'SPF', texts);
    await write(
      `big.${zone}`,
      'CAA',
      Array.from({ length: 8 }, (_, index) => `0 issue "${String(index).repeat(3900)}"`),
    );
    const connection = await connected(address);
    const everything = questionPacket({ name: `big.${zone}`, type: 'A', recursionDesired: true }, 1);
    everything.writeUInt16BE(anyType, everything.length - 4);
    connection.write(Buffer.concat([everything, questionPacket({ name: zone, type: 'SOA', recursionDesired: true }, 2)].map(framed)));
    const [long, next] = (await messagesFrom(connection, 2)).map((message) => decode(message));
    expect(long).toMatchObject({ id: 1, flag_tc: true, answers: [] });
    expect(next).toMatchObject({ id: 2, flag_tc: false, answers: [{ type: 'SOA' }] });
  });
});

it('CNAMEs that lead to each other, or to themselves, are each answered once', async () => {
  await write(`x.${zone}`, 'CNAME', [`y.${zone}`]);
  await write(`y.${zone}`, 'CNAME', [`x.${zone}`]);
  await write(`self.${zone}`, 'CNAME', [`self.${zone}`]);
  const names = async (name: string) => (await askUdp(dns, { name, type: 'A' })).answers?.map((answer) => answer.name);
  expect(await names(`x.${zone}`)).toEqual([`x.${zone}`, `y.${zone}`]);
  expect(await names(`self.${zone}`)).toEqual([`self.${zone}`]);
});

it('who asks and does not read is not answered beyond what the connection holds, and gets it all once he reads', async () => {
  const asked = { slow: 0, other: 0 };
  const listener = await listenForDns(
    async (raw) => {
      const isSlow = raw.readUInt16BE(0) > 0;
      asked[isSlow ? 'slow' : 'other'] += 1;
      return { kind: 'reply', bytes: isSlow ? Buffer.concat([raw.subarray(0, 2), Buffer.alloc(60_000)]) : raw };
    },
    { host: '127.0.0.1', port: 0 },
  );
  onTestFinished(() => listener.close());
  const address = `127.0.0.1:${listener.port}`;
  const slow = await connected(address);
  const ids = Array.from({ length: 400 }, (_, index) => index + 1);
  slow.write(Buffer.concat(ids.map((id) => framed(questionPacket({ name: zone, type: 'A' }, id)))));
  const other = await connected(address);
  const others = messagesFrom(other, 200);
  for (let count = 0; count < 200; count += 1) other.write(framed(questionPacket({ name: zone, type: 'A' }, 0)));
  expect(await others).toHaveLength(200);
  // Some megabytes are in the system's own buffers; all of it would be 24.
  expect(asked.slow).toBeLessThan(300);
  expect((await messagesFrom(slow, ids.length)).map((message) => message.readUInt16BE(0))).toEqual(ids);
});
