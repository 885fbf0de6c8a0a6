/** What `ollama-proxy doctor` finds, and how it is shown. */

type State = "ok" | "warning" | "failed" | "info";

export interface Finding {
  readonly state: State;
  /** What was examined, in one or two words. */
  readonly check: string;
  /** A sentence without a full stop. */
  readonly text: string;
  /** The command or the setting that fixes it. Every failure has one. */
  readonly fix?: string;
}

/** Findings about one subject. */
export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}

export function ok(check: string, text: string): Finding {
  return { state: "ok", check, text };
}

export function info(check: string, text: string): Finding {
  return { state: "info", check, text };
}

export function warning(check: string, text: string, fix: string): Finding {
  return { state: "warning", check, text, fix };
}

export function failed(check: string, text: string, fix: string): Finding {
  return { state: "failed", check, text, fix };
}

export function isFailure(sections: readonly Section[]): boolean {
  return sections.some(({ findings }) => findings.some(({ state }) => state === "failed"));
}

/** Lines for a terminal. A problem ends with its fix. */
export function renderSections(sections: readonly Section[]): string {
  const texts = sections.map(({ title, findings }) => {
    const width = Math.max(0, ...findings.map(({ check }) => Bun.stringWidth(check)));
    return [title, ...findings.map((finding) => renderFinding(finding, width))].join("\n");
  });
  return [...texts, summarize(sections)].join("\n\n");
}

function renderFinding({ state, check, text, fix }: Finding, width: number): string {
  const label = check + " ".repeat(width - Bun.stringWidth(check));
  // The further lines of a text stand below its first line.
  const indent = `\n${" ".repeat(11 + width)}`;
  const whole = fix === undefined ? text : `${text.replace(/[.;]$/, "")}. Fix: ${fix}`;
  return `  ${state.padEnd(7)}  ${label}  ${whole.replaceAll("\n", indent)}`.trimEnd();
}

function summarize(sections: readonly Section[]): string {
  const states = sections.flatMap(({ findings }) => findings.map(({ state }) => state));
  const failures = states.filter((state) => state === "failed").length;
  const warnings = states.filter((state) => state === "warning").length;
  if (failures + warnings === 0) return "No problem was found";
  const parts = [count(failures, "problem"), count(warnings, "warning")].filter(
    (part) => !part.startsWith("0"),
  );
  return `Found ${parts.join(" and ")}`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
