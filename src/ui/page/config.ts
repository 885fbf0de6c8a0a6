/** The view of the configuration file. The program checks the text before it writes it. */
import * as v from "valibot";
import { ask, tell } from "./api.ts";
import { button, foreign, h } from "./dom.ts";
import type { View } from "./view.ts";

const fileSchema = v.object({ path: v.string(), text: v.string() });

export const config: View = {
  title: "Configuration",
  open(main, report) {
    const path = h("p", { class: "hint" });
    const editor = h("textarea", {
      id: "config",
      rows: "30",
      spellcheck: "false",
      autocomplete: "off",
      wrap: "off",
    });
    const result = h("pre", { role: "status", class: "result" });
    let before = "";
    const load = async (): Promise<void> => {
      const file = v.parse(fileSchema, await ask("config"));
      before = file.text;
      editor.value = file.text;
      path.replaceChildren(foreign(file.path), ". It contains your keys. Changes take effect when you save.");
      result.textContent = "";
      report("");
    };
    const save = async (): Promise<void> => {
      const text = editor.value;
      await tell("config", { text, before });
      before = text;
      result.textContent = "Saved";
    };
    const run = (work: Promise<void>): void =>
      void work.catch((error: unknown) => {
        result.textContent = error instanceof Error ? error.message : String(error);
      });
    main.append(
      h("h2", {}, h("label", { for: "config" }, "Configuration")),
      path,
      editor,
      h(
        "p",
        {},
        button("Save", () => run(save())),
        " ",
        button("Load again", () => run(load())),
      ),
      result,
    );
    run(load());
    return () => undefined;
  },
};
