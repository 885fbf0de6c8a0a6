/** The files of the page. All of them are inside the executable. */
import { script, style, textOf } from "./bundle.ts" with { type: "macro" };

interface Asset {
  readonly type: string;
  readonly text: string;
}

/** By path below `/ui/`. */
export const ASSETS: { readonly [path: string]: Asset | undefined } = {
  "": { type: "text/html; charset=utf-8", text: textOf("index.html") },
  "main.js": { type: "text/javascript; charset=utf-8", text: script() },
  "style.css": { type: "text/css; charset=utf-8", text: style() },
};

/** Says how to open the page. */
export const CLOSED_PAGE = textOf("closed.html");
