/**
 * One run: each of its assertions reads the outside once and holds it against our rows; what was found is written down, what is mended resolves, and then
 * Sentry is told of what is new. Changes nothing outside, and no configuration.
 */
import { type AssertionName, tagsOf } from '../../core/drift/findings.ts';
import type { AssertionResult } from '../../core/drift/results.ts';
import { PortFault } from '../../core/portFault.ts';
import { resolveUnseen, withdrawOpened } from '../../store/driftFindings.ts';
import type { WaitingRun } from '../../store/driftRuns.ts';
import type { Assertion } from './assertion.ts';
import { dnsAssertion } from './dnsAssertion.ts';
import type { DriftContext } from './driftContext.ts';
import { FindingBook } from './findingBook.ts';
import { inventoryAssertion } from './inventoryAssertion.ts';
import { RunStopped } from './readPages.ts';
import { registryAssertion } from './registryAssertion.ts';
import { reportFindings } from './reportFindings.ts';
import { type SharedReadings, sharedReadings } from './serverListing.ts';
import { suppressionsAssertion } from './suppressionsAssertion.ts';
import { Unobserved } from './unobserved.ts';
import { webhooksAssertion } from './webhooksAssertion.ts';

const assertionOf: Readonly<Record<AssertionName, (shared: SharedReadings) => Assertion>> = {
  postmarkInventory: inventoryAssertion,
  registry: registryAssertion,
  dns: dnsAssertion,
  suppressions: suppressionsAssertion,
  webhooks: webhooksAssertion,
};

export const runAssertions = async (ctx: DriftContext, { id, assertions }: WaitingRun): Promise<AssertionResult[]> => {
  // Side by side: each waits for another provider most of the time.
  const shared = sharedReadings(ctx, assertions.includes('webhooks'));
  const results = await Promise.all(assertions.map((name) => runAssertion(ctx, id, name, assertionOf[name](shared))));
  await reportFindings(ctx);
  return results;
};

const runAssertion = async (ctx: DriftContext, runId: string, name: AssertionName, assertion: Assertion): Promise<AssertionResult> => {
  const startedMs = performance.now();
  const book = new FindingBook(ctx, runId, tagsOf[name]);
  const { outcome, reason } = await judged(ctx, book, name, assertion);
  const resolved = await settled(ctx, runId, name, outcome);
  const { findings, opened, skipped, listCalls, foreign } = book;
  const result: AssertionResult = { name, outcome, findings, opened, resolved, skipped, foreign, listCalls, reason };
  ctx.observe.driftAsserted(result, (performance.now() - startedMs) / 1000);
  return result;
};

type Ending = Pick<AssertionResult, 'outcome' | 'reason'>;

const judged = async (ctx: DriftContext, book: FindingBook, name: AssertionName, assertion: Assertion): Promise<Ending> => {
  try {
    await assertion.judge(ctx, book);
    await book.flush();
    return { outcome: 'completed', reason: null };
  } catch (error) {
    if (ctx.stopping.aborted) throw new RunStopped();
    ctx.observe.trouble(`drift.${name}`, error);
    const isUnreachable = error instanceof PortFault || error instanceof Unobserved;
    // What was seen before was seen.
    if (isUnreachable) await book.flush();
    book.leftOut(await assertion.countUnjudged(ctx));
    return { outcome: isUnreachable ? 'unreachable' : 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
};

/** Answers how many findings were mended. */
const settled = async (ctx: DriftContext, runId: string, name: AssertionName, outcome: AssertionResult['outcome']): Promise<number> => {
  if (outcome === 'completed') return resolveUnseen(ctx.db, runId, tagsOf[name], ctx.now());
  if (outcome === 'failed') await withdrawOpened(ctx.db, runId, tagsOf[name], ctx.now());
  return 0;
};
