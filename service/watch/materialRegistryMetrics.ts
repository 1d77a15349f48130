/** `email.material_registry.refresh.*` */
import type { Registry } from 'prom-client';
import { counter, gauge } from './declare.ts';

const outcomes = ['refreshed', 'partial', 'failed'];
const reasons = [
  'key_disabled',
  'key_state',
  'key_not_found',
  'access_denied',
  'throttled',
  'unreachable',
  'wrong_key',
  'document',
  'other',
];
const rotations = ['re-encrypt', 'webhook-credential'];

export const materialRegistryMetrics = (registry: Registry) => ({
  outcomes: counter(registry, 'email.material_registry.refresh.outcomes.total', 'Refreshes of the material registry', {
    outcome: outcomes,
  }),
  failures: counter(registry, 'email.material_registry.refresh.failures.total', 'Why a refresh was not whole, or KMS did not answer it', {
    reason: reasons,
  }),
  unloaded: gauge(
    registry,
    'email.material_registry.refresh.unloaded_versions',
    'Key versions of the registry that are not loaded as it has them',
  ),
  kmsAnswers: gauge(registry, 'email.material_registry.refresh.kms_answers', '0 while KMS does not open the key that seals now'),
  rotated: counter(registry, 'email.material_registry.refresh.rotated.total', 'Configurations that a rotation dealt with', {
    rotation: rotations,
    outcome: ['done', 'trouble'],
  }),
  serverTokensReplaced: counter(
    registry,
    'email.material_registry.refresh.server_tokens_replaced.total',
    'Server tokens taken over from Postmark',
    {
      reason: ['another', 'withdrawn'],
    },
  ),
  versions: gauge(registry, 'email.material_registry.refresh.versions', 'Key versions loaded'),
  age: gauge(registry, 'email.material_registry.refresh.age.seconds', 'Since the last refresh that read the registry'),
});
