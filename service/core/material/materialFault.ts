/** Why material cannot be read or used: a closed list, so that a caller never has to guess from a message. */
export type MaterialFaultCode =
  /** Not in the form `a1.k{keyVersionId}:{base64url}`. */
  | 'malformed_envelope'
  /** An algorithm this release does not know: written by a later one. */
  | 'unknown_algorithm'
  /** The key version is not loaded: it was retired, or never reached this process. */
  | 'unknown_key_version'
  /** The tag does not fit: another partition, configuration, purpose or key, or a changed text. */
  | 'not_authentic'
  /** The registry document is not one. */
  | 'invalid_registry'
  /** No registry has been loaded yet. */
  | 'registry_not_loaded';

export class MaterialFault extends Error {
  readonly code: MaterialFaultCode;

  /** `message` holds ids at most, never material. */
  constructor(code: MaterialFaultCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'MaterialFault';
    this.code = code;
  }
}
