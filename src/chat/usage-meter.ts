/** Knows the tokens of one reply: as the provider counted them, or else about as many as came. */
import { CHARACTERS_PER_TOKEN } from "./estimate.ts";
import type { Usage } from "./event.ts";

/** Gets the token counts of a reply; `isEstimate`: the provider did not give them, and they were counted here. */
export type ReportUsage = (usage: Usage, isEstimate?: boolean) => void;

export class UsageMeter {
  readonly #report: ReportUsage;
  #pieces = 0;
  #characters = 0;
  #isReported = false;

  constructor(report: ReportUsage) {
    this.#report = report;
  }

  /** A piece of the reply came. Most providers send one token per piece, others send many. */
  count(characters: number): void {
    this.#pieces += 1;
    this.#characters += characters;
  }

  /** The provider's own counts came. */
  read(usage: Usage): void {
    this.#isReported = true;
    const { outputTokens = this.#estimate } = usage;
    this.#report({ ...usage, outputTokens }, usage.outputTokens === undefined);
  }

  /** The reply is over, complete or not. */
  close(): void {
    if (this.#isReported || this.#pieces === 0) return;
    this.#isReported = true;
    this.#report({ type: "usage", outputTokens: this.#estimate }, true);
  }

  get #estimate(): number {
    return Math.max(this.#pieces, Math.ceil(this.#characters / CHARACTERS_PER_TOKEN));
  }
}
