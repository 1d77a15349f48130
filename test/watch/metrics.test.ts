import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../service/watch/metrics.ts';

describe('/metrics', () => {
  it('shows the counter of rejected callbacks under its exact name, at zero before anything happened', async () => {
    const metrics = createMetrics();
    expect(await metrics.render()).toContain('email_webhook_rejected_total{reason="auth_mismatch"} 0');
    metrics.webhook.rejected.inc({ reason: 'auth_mismatch' });
    expect(await metrics.render()).toContain('email_webhook_rejected_total{reason="auth_mismatch"} 1');
  });

  it('has the five families, requests by route, and the process itself', async () => {
    const metrics = createMetrics();
    metrics.http.requestDuration.observe({ method: 'GET', route: '/livez', status: '200' }, 0.002);
    const text = await metrics.render();
    for (const name of [
      'email_configuration_lifecycle_configurations',
      'email_configuration_lifecycle_transitions_total',
      'email_configuration_lifecycle_provisioning_failures_total',
      'email_configuration_lifecycle_verification_duration_seconds',
      'email_send_accepted_total',
      'email_send_rejected_total',
      'email_send_attempts_total',
      'email_send_duration_seconds',
      'email_send_queue_depth',
      'email_send_queue_oldest_age_seconds',
      'email_send_dead_letters_total',
      'email_send_held',
      'email_send_configuration_failures_total',
      'email_webhook_received_total',
      'email_webhook_rejected_total',
      'email_webhook_duplicates_total',
      'email_webhook_projections_total',
      'email_webhook_inconsistent_total',
      'email_webhook_unmatched_total',
      'email_drift_findings_total',
      'email_drift_open',
      'email_drift_run_duration_seconds',
      'email_drift_skipped_total',
      'email_material_registry_refresh_outcomes_total',
      'email_material_registry_refresh_versions',
      'email_material_registry_refresh_age_seconds',
      'http_request_duration_seconds',
      'process_resident_memory_bytes',
    ]) {
      expect(text, name).toContain(`# TYPE ${name} `);
    }
    expect(text).toContain('http_request_duration_seconds_count{method="GET",route="/livez",status="200"} 1');
  });

  it('no label could hold an address or an id', async () => {
    const labels = (await createMetrics().registry.getMetricsAsJSON())
      .filter(({ name }) => /^(email|http)_/.test(name))
      .flatMap(({ values }) => values.flatMap((value) => Object.keys(value.labels)));
    const closed = [
      'operational',
      'from',
      'to',
      'signal',
      'outcome',
      'step',
      'reason',
      'type',
      'status',
      'tag',
      'assertion',
      'le',
      'method',
      'route',
      'change',
      'rotation',
    ];
    expect(labels.filter((label) => !closed.includes(label))).toEqual([]);
  });

  it('two services in one process count apart', async () => {
    const [one, two] = [createMetrics(), createMetrics()];
    one.send.accepted.inc();
    expect(await one.render()).toContain('email_send_accepted_total 1');
    expect(await two.render()).toContain('email_send_accepted_total 0');
  });
});

describe('changes', () => {
  it('are rises of counters and values of gauges since the last look, under their dotted names', async () => {
    const metrics = createMetrics();
    metrics.webhook.rejected.inc({ reason: 'malformed' }, 2);
    metrics.send.held.set(4);
    metrics.http.requestDuration.observe({ method: 'GET', route: '/livez', status: '200' }, 0.002);
    expect(await metrics.changes()).toEqual([
      { kind: 'gauge', name: 'email.send.held', value: 4, labels: {} },
      { kind: 'counter', name: 'email.webhook.rejected.total', value: 2, labels: { reason: 'malformed' } },
    ]);
    metrics.webhook.rejected.inc({ reason: 'malformed' });
    metrics.send.held.set(0);
    expect(await metrics.changes()).toEqual([
      { kind: 'gauge', name: 'email.send.held', value: 0, labels: {} },
      { kind: 'counter', name: 'email.webhook.rejected.total', value: 1, labels: { reason: 'malformed' } },
    ]);
    expect(await metrics.changes()).toEqual([]);
  });
});
