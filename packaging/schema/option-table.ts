/** The README's table of provider options, made from the catalogue. */
import { Document, isCollection, visit } from "yaml";
import { OPTIONS } from "../../src/options/catalogue.ts";

/** Markdown with one line per option. Ends with a line end. */
export function optionTable(): string {
  const rows = Object.entries(OPTIONS).map(([name, row]) => {
    const values = [row.default, ...otherValues(row)].map((value) =>
      value === undefined ? "–" : `\`${inOneLine(value)}\``,
    );
    return `| \`${name}\` | ${values.join(", ")} | ${row.meaning} |\n`;
  });
  return `| key | values, default first | meaning |\n|---|---|---|\n${rows.join("")}`;
}

function otherValues({ schema, default: standard, examples }: (typeof OPTIONS)[keyof typeof OPTIONS]) {
  if (schema.type === "boolean") return [standard !== true];
  return schema.type === "picklist" ? schema.options.filter((choice) => choice !== standard) : examples;
}

/** A value in the syntax of a configuration. */
function inOneLine(value: unknown): string {
  const document = new Document(value);
  visit(document, {
    Node(_, node) {
      if (isCollection(node)) node.flow = true;
    },
  });
  return document.toString({ flowCollectionPadding: false, lineWidth: 0 }).trim();
}
