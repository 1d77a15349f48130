/** `email.material_registry.refresh.*` */
import type { Registry } from 'prom-client';
import { counter, gauge } from './declare.ts';

const outcomes = ['refreshed', 'partial', 'failed'];

export const materialRegistryMetrics = (registry: Registry) => ({
  outcomes: counter(registry, 'email.material_registry.refresh.outcomes.total', 'Refreshes of the material registry', {
    outcome: outcomes,
  }),
  versions: gauge(registry, 'email.material_registry.refresh.versions', 'Key versions loaded'),
  age: gauge(registry, 'email.material_registry.refresh.age.seconds', 'Since the last refresh that read the registry'),
});
