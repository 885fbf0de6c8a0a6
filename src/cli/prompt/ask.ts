/** Questions with a text as answer. */
import { Frame } from "./frame.ts";
import { withoutLast } from "./keys.ts";
import type { Terminal } from "./terminal.ts";

export interface Question {
  readonly question: string;
  /** Shown below the question. */
  readonly hint?: string;
  /** Returns what is wrong with an answer, or undefined. */
  readonly check?: (answer: string) => string | undefined;
}

/** `initial` can be changed before Enter. */
export function askText(
  terminal: Terminal,
  question: Question & { readonly initial?: string },
): Promise<string> {
  return ask(terminal, question, (answer) => ({ shown: answer, summary: answer }));
}

/** The answer is not shown, only its length when it is complete. */
export function askSecret(terminal: Terminal, question: Question): Promise<string> {
  return ask(terminal, question, (answer) => ({
    shown: "",
    summary: answer === "" ? "none" : `${answer.length} characters`,
  }));
}

async function ask(
  terminal: Terminal,
  { question, hint, check, initial = "" }: Question & { readonly initial?: string },
  describe: (answer: string) => { readonly shown: string; readonly summary: string },
): Promise<string> {
  const frame = new Frame(terminal);
  let answer = initial;
  let problem: string | undefined;
  for (;;) {
    const room = terminal.columns() - Bun.stringWidth(question) - 4;
    const below = problem ?? hint;
    frame.draw([
      `${question}: ${endOf(describe(answer).shown, room)}_`,
      ...(below === undefined ? [] : [`  ${below}`]),
    ]);
    const key = await terminal.readKey();
    if (key.type === "text") answer += key.text;
    else if (key.type === "backspace") answer = withoutLast(answer);
    else if (key.type === "clear") answer = "";
    else if (key.type === "enter") {
      problem = check?.(answer.trim());
      if (problem === undefined) {
        frame.finish(`${question}: ${describe(answer.trim()).summary}`);
        return answer.trim();
      }
      continue;
    }
    problem = undefined;
  }
}

/** The end of a text that is too long, because the user types there. */
function endOf(text: string, columns: number): string {
  let kept = text;
  while (Bun.stringWidth(kept) > Math.max(1, columns)) kept = kept.slice(1);
  return kept;
}
