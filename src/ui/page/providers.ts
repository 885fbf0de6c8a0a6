/** The view of the providers: their lists, and what was learned from their errors. */
import * as v from "valibot";
import { ask, tell } from "./api.ts";
import { button, foreign, h } from "./dom.ts";
import { whole } from "./format.ts";
import { type ListedModel, type ProviderStatus, modelsSchema } from "./model.ts";
import { statusSchema } from "../status-schema.ts";
import type { View } from "./view.ts";

/** More rows would make the page slow. */
const MAX_ROWS = 500;

export const providers: View = {
  title: "Providers",
  open(main, report) {
    const list = h("div", { class: "blocks" });
    const models = modelTable();
    main.append(h("h2", {}, "Providers"), list, h("h2", {}, "Models"), models.element);
    const load = async (): Promise<void> => {
      const status = v.parse(statusSchema, await ask("providers"));
      list.replaceChildren(
        ...status.providers.map((provider) =>
          describe(provider, (model) => run(forget(provider.name, model))),
        ),
        ...status.disabled.map(({ name, reason }) =>
          h(
            "section",
            {},
            h("h3", {}, foreign(name)),
            h("p", { class: "bad" }, "Disabled: ", foreign(reason)),
          ),
        ),
      );
      models.show(v.parse(modelsSchema, await ask("models")));
      report("");
    };
    const forget = async (provider: string, model: string): Promise<void> => {
      await tell("forget", { provider, model });
      await load();
    };
    const run = (work: Promise<void>): void =>
      void work.catch((error: unknown) => report(error instanceof Error ? error.message : String(error)));
    run(load());
    return () => undefined;
  },
};

/** The models as apps see them, and who says what they can do. */
function modelTable() {
  const body = h("tbody");
  const note = h("p", { class: "hint" });
  const filter = h("input", { type: "search", autocomplete: "off" });
  const titles = ["Model", "Context window", "says", "Capabilities", "says"];
  const head = h("tr", {}, ...titles.map((title) => h("th", { scope: "col" }, title)));
  const caption = h("caption", { class: "hidden" }, "Models");
  let models: readonly ListedModel[] = [];
  const draw = (): void => {
    const wanted = filter.value.toLowerCase();
    const found = models.filter(({ name }) => name.toLowerCase().includes(wanted));
    note.textContent =
      found.length > MAX_ROWS
        ? `The first ${MAX_ROWS} of ${whole(found.length)} models`
        : `${whole(found.length)} models`;
    body.replaceChildren(...found.slice(0, MAX_ROWS).map(modelRow));
  };
  filter.addEventListener("input", draw);
  const form = h("form", {}, h("label", {}, "Filter ", filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  const table = h("table", {}, caption, h("thead", {}, head), body);
  const region = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Models" }, table);
  return {
    element: h("div", {}, form, note, region),
    show(listed: readonly ListedModel[]): void {
      models = listed;
      draw();
    },
  };
}

function modelRow(model: ListedModel): HTMLElement {
  const cells = [
    foreign(model.name),
    whole(model.contextLength),
    model.contextSource,
    model.capabilities.join(", "),
    model.capabilitySource,
  ];
  return h("tr", {}, ...cells.map((cell) => h("td", {}, cell)));
}

/** `forget` is called with the model whose learned fixes are to be forgotten. */
function describe(provider: ProviderStatus, forget: (model: string) => void): HTMLElement {
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
      " ",
      button("Forget", () => forget(model), { "aria-label": `Forget what was learned for ${model}` }),
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
