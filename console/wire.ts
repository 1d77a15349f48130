/** The shapes of the service's answers as JSON carries them, taken from the schemas of its routes: a route that changes breaks the type check here. */
import type { z } from 'zod';
import type { configuration, explanation, historyPage, signalParams } from '../service/http/schemas/configuration.ts';
import type { drift, finding } from '../service/http/schemas/drift.ts';
import type { plan } from '../service/http/schemas/driftPlan.ts';
import type { job, timelinePage } from '../service/http/schemas/job.ts';
import type { material, reEncryption } from '../service/http/schemas/material.ts';
import type { problem } from '../service/http/schemas/problem.ts';
import type { suppression } from '../service/http/schemas/suppression.ts';
import type { newTenantKey, tenantKeyPage } from '../service/http/schemas/tenantKey.ts';
import type { webhookCredential } from '../service/http/schemas/webhookCredential.ts';

export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Each)[]
    ? Wire<Each>[]
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T;

export type Page<T> = { items: T[]; nextCursor: string | null };

export type Configuration = Wire<z.output<typeof configuration>>;
export type Explanation = Wire<z.output<typeof explanation>>;
export type HistoryEntry = Wire<z.output<typeof historyPage>>['items'][number];
export type Signal = z.output<typeof signalParams>['signal'];
export type Suppression = Wire<z.output<typeof suppression>>;
export type ProblemBody = Wire<z.output<typeof problem>>;

export type Drift = Wire<z.output<typeof drift>>;
export type AssertionResult = NonNullable<Drift['lastRun']>['assertions'][number];
export type DriftFinding = Wire<z.output<typeof finding>>;

export type DriftPlan = Wire<z.output<typeof plan>>;

export type Material = Wire<z.output<typeof material>>;
export type KeyVersion = Material['versions'][number];
export type MaterialProcess = Material['processes'][number];
export type ReEncryption = Wire<z.output<typeof reEncryption>>;
export type WebhookCredential = Wire<z.output<typeof webhookCredential>>;
/** What walks over the fleet have in common. */
export type Progress = Pick<ReEncryption, 'running' | 'done' | 'total' | 'waitingFor' | 'finishedAt'>;
export type Stale = Pick<ReEncryption['stale'][number], 'configurationEId' | 'tenantId' | 'code' | 'detail'>;
export type Job = Wire<z.output<typeof job>>;
export type TimelineEntry = Wire<z.output<typeof timelinePage>>['items'][number];
export type TenantKey = Wire<z.output<typeof tenantKeyPage>>['items'][number];
export type NewTenantKey = Wire<z.output<typeof newTenantKey>>;
