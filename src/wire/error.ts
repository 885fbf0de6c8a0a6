/** Bytes that break their own framing; whoever knows the dialect turns this into an error for the client. */
export class WireError extends Error {
  override readonly name = "WireError";
  /** The offending text, for whoever can make sense of it; never shown as it is. */
  readonly text: string;

  constructor(message: string, text: string) {
    super(message);
    this.text = text;
  }
}
