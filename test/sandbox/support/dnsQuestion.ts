/** Asks one question over UDP or TCP, byte for byte. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { type DecodedPacket, decode, encode, type Packet, RECURSION_DESIRED, type RecordType } from 'dns-packet';

export type Asked = { name: string; type: RecordType; ednsSize?: number; recursionDesired?: boolean };

/** For who expects an answer: a machine under load stands still for longer than one takes. */
const patientMs = 15_000;
/** For who expects none. */
export const silenceMs = 400;

export function questionPacket({ name, type, ednsSize, recursionDesired = false }: Asked, id = 4711): Buffer {
  const packet: Packet = { type: 'query', id, flags: recursionDesired ? RECURSION_DESIRED : 0, questions: [{ name, type, class: 'IN' }] };
  if (ednsSize !== undefined) {
    packet.additionals = [
      { type: 'OPT', name: '.', udpPayloadSize: ednsSize, extendedRcode: 0, ednsVersion: 0, flags: 0, flag_do: false, options: [] },
    ];
  }
  return encode(packet);
}

/** The raw answer, null for silence of `waitMs`. */
export function sendUdp(address: string, packet: Buffer, waitMs = patientMs): Promise<Buffer | null> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const timer = setTimeout(() => finish(null), waitMs);
    const finish = (answer: Buffer | null) => {
      clearTimeout(timer);
      socket.close();
      resolve(answer);
    };
    socket.on('message', finish);
    socket.on('error', reject);
    socket.send(packet, Number(port), host);
  });
}

/** Null when the connection was closed without an answer. */
export function sendTcp(address: string, packet: Buffer): Promise<Buffer | null> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve, reject) => {
    const connection = connect(Number(port), host);
    let received = Buffer.alloc(0);
    connection.on('error', reject);
    connection.on('close', () => resolve(null));
    connection.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      resolve(received.subarray(2));
      connection.destroy();
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(packet.length);
    // In two pieces: a message may arrive in any number of them.
    connection.write(length);
    connection.write(packet);
  });
}

const read = (answer: Buffer | null): DecodedPacket => {
  if (answer === null) throw new Error('no answer came');
  return decode(answer);
};

export const askUdp = async (address: string, asked: Asked): Promise<DecodedPacket> => read(await sendUdp(address, questionPacket(asked)));
export const askTcp = async (address: string, asked: Asked): Promise<DecodedPacket> => read(await sendTcp(address, questionPacket(asked)));
