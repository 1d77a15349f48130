/**
 * Why a key version cannot be had, as few words as an operator can act on. KMS names its moods by exceptions; a disabled key and one that waits for its
 * deletion look alike to whoever reads only the status, and are mended in different ways.
 */
import { PortFault } from '../portFault.ts';
import { MaterialFault } from './materialFault.ts';

export const keyTroubles = [
  /** The KMS key is disabled: enable it. */
  'key_disabled',
  /** It waits for its deletion, or is in another state that opens nothing: cancel the deletion. */
  'key_state',
  'key_not_found',
  'access_denied',
  'throttled',
  'unreachable',
  /** Wrapped by another key, or with another context: another partition's document. */
  'wrong_key',
  /** The document cannot be read, or is not one. */
  'document',
  'other',
] as const;
export type KeyTrouble = (typeof keyTroubles)[number];

const byCode: Readonly<Record<string, KeyTrouble>> = {
  DisabledException: 'key_disabled',
  KMSInvalidStateException: 'key_state',
  NotFoundException: 'key_not_found',
  AccessDeniedException: 'access_denied',
  InvalidCiphertextException: 'wrong_key',
  IncorrectKeyException: 'wrong_key',
};

export function keyTroubleOf(error: unknown): KeyTrouble {
  if (error instanceof MaterialFault) return error.code === 'invalid_registry' ? 'document' : 'other';
  if (!(error instanceof PortFault)) return 'other';
  const { class: faultClass, code } = error.detail;
  const named = code === null ? undefined : byCode[code];
  if (named !== undefined) return named;
  if (faultClass === 'throttled') return 'throttled';
  return faultClass === 'refused' ? 'other' : 'unreachable';
}
