/** The provider's bytes break their framing. The caller, which knows the API, turns this into an error for the client. */
export class WireError extends Error {
  override readonly name = "WireError";
  /** The text that could not be read. It is never shown as it is. */
  readonly text: string;
  /** `limit`: the text exceeds a limit, and the message is meant for the user. */
  readonly reason: "malformed" | "limit";

  constructor(message: string, text: string, reason: WireError["reason"] = "malformed") {
    super(message);
    this.text = text;
    this.reason = reason;
  }
}
