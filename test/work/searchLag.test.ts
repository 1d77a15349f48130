import { describe, expect, it } from 'vitest';
import { PortFault } from '../../service/core/portFault.ts';
import type { MailTransport, OutgoingMessage } from '../../service/ports/ports.ts';
import { searchLag } from '../../service/work/searchLag.ts';
import { FakeCalls } from '../support/fakeCalls.ts';
import { answer, FakeMail } from '../support/fakeMail.ts';

const everyMs = 600_000;
const message = (jobId: string): OutgoingMessage => ({
  from: 'a@b.example',
  to: 'c@d.example',
  replyTo: null,
  subject: 's',
  htmlBody: null,
  textBody: 't',
  tag: null,
  metadata: { jobId },
  attachments: [],
});

function bench() {
  const clock = { ms: 0 };
  const fake = new FakeMail(new FakeCalls());
  const asked: { token: string; jobId: string; atMs: number }[] = [];
  let search: (jobId: string) => boolean | 'away' = () => true;
  const mail: MailTransport = {
    ...fake.transport,
    findByJobId: async (token, jobId) => {
      asked.push({ token, jobId, atMs: clock.ms });
      const seen = search(jobId);
      if (seen === 'away')
        throw new PortFault({ class: 'unavailable', provider: 'postmark', operation: 'x', httpStatus: 503, code: null }, 'away', null);
      return seen ? { messageId: 'm', receivedAt: new Date(0) } : null;
    },
  };
  const observed: number[] = [];
  const lag = searchLag(mail, { everyMs, monotonicMs: () => clock.ms, observe: (seconds) => observed.push(seconds) });
  const send = (...jobIds: string[]) =>
    lag.mail.send('token', jobIds.map(message), { abort: new AbortController().signal, startBy: Number.POSITIVE_INFINITY });
  /** A pass every half second, as the process makes them. */
  const pass = async (seconds: number) => {
    for (let step = 0; step < seconds * 2; step += 1) {
      clock.ms += 500;
      await lag.pass();
    }
  };
  const shows = (rule: typeof search): void => {
    search = rule;
  };
  return { clock, fake, asked, observed, send, pass, shows };
}

describe('the lag of the provider’s search', () => {
  it('is measured by one message that was accepted, from its send to the look that finds it', async () => {
    const { clock, asked, observed, send, pass, shows } = bench();
    clock.ms = everyMs;
    await send('j1', 'j2');
    shows(() => clock.ms >= everyMs + 5_000);
    await pass(60);
    expect(asked.map(({ jobId }) => jobId)).toEqual(['j1', 'j1', 'j1', 'j1', 'j1']);
    expect(observed).toEqual([8]);
  });

  it('costs nothing soon after the start, and nothing until the next interval', async () => {
    const { clock, asked, send, pass } = bench();
    await send('early');
    await pass(5);
    expect(asked).toEqual([]);
    clock.ms = everyMs;
    await send('one');
    await pass(5);
    await send('two');
    await pass(5);
    expect(asked.map(({ jobId }) => jobId)).toEqual(['one']);
    clock.ms = 2 * everyMs;
    await send('three');
    await pass(5);
    expect(asked.map(({ jobId }) => jobId)).toEqual(['one', 'three']);
  });

  it('is not measured by what was refused, and a search that cannot be asked says nothing', async () => {
    const { clock, fake, asked, observed, send, pass, shows } = bench();
    clock.ms = everyMs;
    fake.nextAnswer(answer(422, 406));
    await send('refused');
    await pass(5);
    expect(asked).toEqual([]);
    shows(() => 'away');
    await send('sent');
    await pass(100);
    expect(asked).toHaveLength(10);
    expect(observed).toEqual([]);
  });

  it('that is longer than a minute and a half is given as that', async () => {
    const { clock, observed, send, pass, shows } = bench();
    clock.ms = everyMs;
    shows(() => false);
    await send('lost');
    await pass(200);
    expect(observed).toEqual([90]);
  });
});
