/** What was asked of the sandbox's control side is not valid: 400, with a message that names the field and the remedy. */
export class InputError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InputError';
  }
}
