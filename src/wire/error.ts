/** Bytes that break their own framing; whoever knows the dialect turns this into an error for the client. */
export class WireError extends Error {
  override readonly name = "WireError";
  /** The offending text, for whoever can make sense of it; never shown as it is. */
  readonly text: string;
  /** `limit`: it may be well-formed, but is more than is read, and the message is for the user. */
  readonly reason: "malformed" | "limit";

  constructor(message: string, text: string, reason: WireError["reason"] = "malformed") {
    super(message);
    this.text = text;
    this.reason = reason;
  }
}
