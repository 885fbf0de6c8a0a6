/** `ollama-proxy ui`: opens the page of the running program, with a link that works once. */
import type { Options } from "./args.ts";
import { print } from "./console.ts";
import { EXIT } from "./exit-code.ts";
import { createPageLink } from "./page-link.ts";

export async function ui(options: Options): Promise<number> {
  const { link } = await createPageLink(options);
  print(`${link}\nThe link works once, for two minutes.`);
  if (options.flags["print"] === undefined) openInBrowser(link);
  return EXIT.ok;
}

const OPENERS: { readonly [platform: string]: readonly string[] } = {
  darwin: ["open"],
  win32: ["rundll32", "url.dll,FileProtocolHandler"],
  linux: ["xdg-open"],
};

/** A machine without a browser has none of these commands; then the printed link is all there is. */
function openInBrowser(link: string): void {
  const [command, ...words] = OPENERS[process.platform] ?? [];
  if (command === undefined || Bun.which(command) === null) return;
  Bun.spawn([command, ...words, link], { stdin: "ignore", stdout: "ignore", stderr: "ignore" }).unref();
}
