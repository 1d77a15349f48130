/** A refusal in SMTP's own words: the reply code, and the enhanced status code with a sentence. */
export class SmtpReply extends Error {
  readonly responseCode: number;

  constructor(responseCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SmtpReply';
    this.responseCode = responseCode;
  }
}
