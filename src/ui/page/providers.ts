/** The view of the providers: their lists, and what was learned from their errors. */
import * as v from "valibot";
import { ask } from "./api.ts";
import { foreign, h } from "./dom.ts";
import { whole } from "./format.ts";
import { type ProviderStatus, statusSchema } from "./model.ts";
import type { View } from "./view.ts";

export const providers: View = {
  title: "Providers",
  open(main, report) {
    const list = h("div", { class: "blocks" });
    main.append(h("h2", {}, "Providers"), list);
    const load = async (): Promise<void> => {
      const status = v.parse(statusSchema, await ask("providers"));
      list.replaceChildren(
        ...status.providers.map(describe),
        ...status.disabled.map(({ name, reason }) =>
          h(
            "section",
            {},
            h("h3", {}, foreign(name)),
            h("p", { class: "bad" }, "Disabled: ", foreign(reason)),
          ),
        ),
      );
      report("");
    };
    void load().catch((error: unknown) => report(error instanceof Error ? error.message : String(error)));
    return () => undefined;
  },
};

function describe(provider: ProviderStatus): HTMLElement {
  const { name, models, listError, basePath, learnedFixes } = provider;
  const facts = h("dl");
  const add = (title: string, ...value: readonly (Node | string)[]): void =>
    facts.append(h("dt", {}, title), h("dd", {}, ...value));
  add("Models", models === null ? "not known yet" : whole(models));
  if (listError !== null)
    add("Model list", h("span", { class: "bad" }, foreign(listError.message)), ` (${when(listError.at)})`);
  if (basePath !== null) add("Base path", foreign(basePath || "/"));
  const fixes = learnedFixes.map(({ model, fix, error, learnedAt, expiresAt }) =>
    h(
      "li",
      {},
      foreign(`${model}: ${fix}`),
      h("p", { class: "hint" }, foreign(error), ` Learned ${when(learnedAt)}, until ${when(expiresAt)}.`),
    ),
  );
  return h(
    "section",
    {},
    h("h3", {}, foreign(name)),
    facts,
    fixes.length === 0 ? undefined : h("h4", {}, "Learned from errors"),
    fixes.length === 0 ? undefined : h("ul", {}, ...fixes),
  );
}

function when(time: string): string {
  return new Date(time).toLocaleString();
}
