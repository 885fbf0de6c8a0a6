/** The page: one view at a time, chosen by the part of the URL after `#`. */
import { config } from "./config.ts";
import { h } from "./dom.ts";
import { now } from "./now.ts";
import { providers } from "./providers.ts";
import { usage } from "./usage.ts";
import type { View } from "./view.ts";

const VIEWS: { readonly [hash: string]: View } = { now, usage, providers, config };

const main = byId("main");
const state = byId("state");
const links = Object.entries(VIEWS).map(([hash, { title }]) => h("a", { href: `#${hash}` }, title));
byId("views").append(...links);

let leave = (): void => undefined;

function show(): void {
  const hash = Object.hasOwn(VIEWS, location.hash.slice(1)) ? location.hash.slice(1) : "now";
  const view = VIEWS[hash];
  if (view === undefined) return;
  leave();
  main.replaceChildren();
  state.textContent = "";
  document.title = `${view.title} – ollama-proxy`;
  for (const link of links) {
    if (link.hash === `#${hash}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  let isOpen = true;
  const close = view.open(main, (message) => {
    // An answer may arrive after its view was left.
    if (isOpen) state.textContent = message;
  });
  leave = () => {
    isOpen = false;
    close();
  };
}

function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`The page has no element "${id}"`);
  return element;
}

addEventListener("hashchange", show);
show();
