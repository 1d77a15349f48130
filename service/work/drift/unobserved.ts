/** The other side could not be looked at, and nothing is concluded from that. */
export class Unobserved extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Unobserved';
  }
}
