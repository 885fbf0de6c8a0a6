/** Counts the tokens of one reply: the provider's counts, or an estimate from the received text. */
import { CHARACTERS_PER_TOKEN } from "./estimate.ts";
import type { Usage } from "./event.ts";

/** Gets the token counts of a reply. `isEstimate`: the provider did not send them and they were estimated. */
export type ReportUsage = (usage: Usage, isEstimate?: boolean) => void;

export class UsageMeter {
  readonly #report: ReportUsage;
  #pieces = 0;
  #characters = 0;
  #isReported = false;

  constructor(report: ReportUsage) {
    this.#report = report;
  }

  /** A piece of the reply arrived. Most providers send one token per piece, others send many. */
  count(characters: number): void {
    this.#pieces += 1;
    this.#characters += characters;
  }

  /** The provider's counts arrived. */
  read(usage: Usage): void {
    this.#isReported = true;
    const { outputTokens = this.#estimate } = usage;
    this.#report({ ...usage, outputTokens }, usage.outputTokens === undefined);
  }

  /** The reply has ended, complete or not. */
  close(): void {
    if (this.#isReported || this.#pieces === 0) return;
    this.#isReported = true;
    this.#report({ type: "usage", outputTokens: this.#estimate }, true);
  }

  get #estimate(): number {
    return Math.max(this.#pieces, Math.ceil(this.#characters / CHARACTERS_PER_TOKEN));
  }
}
