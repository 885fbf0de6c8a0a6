/**
 * Prints the section of the changelog for this version. Throws when the tag is not the one of this version.
 *
 *   bun packaging/release/notes.ts [v33.0.0]
 */
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import { ROOT } from "../compile.ts";

const [tag = `v${pkg.version}`] = process.argv.slice(2);
if (tag !== `v${pkg.version}`) {
  throw new Error(`Cannot release "${tag}": package.json has version "${pkg.version}"`);
}
// Pacman and Scoop would sort 33.1.0-rc.1 after 33.1.0.
if (pkg.version.includes("-")) throw new Error(`Cannot release "${tag}": there are no pre-releases`);
const changelog = await Bun.file(join(ROOT, "CHANGELOG.md")).text();
const section = changelog.split(/^## /m).find((text) => text.startsWith(`${pkg.version}\n`));
if (section === undefined)
  throw new Error(`Cannot release "${tag}": CHANGELOG.md has no "## ${pkg.version}"`);
console.log(section.slice(pkg.version.length).trim());
