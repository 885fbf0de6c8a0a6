/** Facts that are in several files are the same in all of them. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };

const ROOT = join(import.meta.dir, "../..");
const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");

const PKGBUILDS = ["packaging/aur/ollama-proxy", "packaging/aur/ollama-proxy-bin"];
const UNITS = ["packaging/systemd/ollama-proxy@.service", "packaging/systemd/ollama-proxy.service"];

function filesIn(folder: string): readonly string[] {
  const found = new Bun.Glob("**/*").scanSync({ cwd: join(ROOT, folder), dot: true });
  return [...found].map((path) => `${folder}/${path}`);
}

test("the home page of the project is the one in package.json", () => {
  const files = readdirSync(ROOT, { withFileTypes: true })
    .filter(({ name }) => !/^(?:node_modules|dist|\.git|bun\.lock)$/.test(name))
    .flatMap((entry) => (entry.isDirectory() ? filesIn(entry.name) : [entry.name]));
  expect(files).toContain("packaging/README.md");
  const strangers = files.flatMap((path) =>
    [...read(path).matchAll(/https:\/\/github\.com\/[\w-]+\/ollama-proxy(?![\w-])/g)]
      .filter(([url]) => url !== pkg.homepage)
      .map(([url]) => `${path}: ${url}`),
  );
  expect(strangers).toEqual([]);
});

test.each([
  ...PKGBUILDS.flatMap((folder) => [
    [`${folder}/PKGBUILD`, `\npkgver=${pkg.version}\n`],
    [`${folder}/.SRCINFO`, `\tpkgver = ${pkg.version}\n`],
    [`${folder}/PKGBUILD`, `\nurl='${pkg.homepage}'\n`],
    [`${folder}/PKGBUILD`, `\nlicense=('${pkg.license}')\n`],
    [`${folder}/PKGBUILD`, 'THIRD-PARTY-NOTICES -t "$pkgdir/usr/share/licenses/'],
  ]),
  ...UNITS.map((path) => [path, `\nDocumentation=${pkg.homepage}\n`]),
  ["packaging/scoop/ollama-proxy.json", `"version": "${pkg.version}"`],
  ["packaging/scoop/ollama-proxy.json", `"homepage": "${pkg.homepage}"`],
  ["packaging/scoop/ollama-proxy.json", `"description": "${pkg.description}"`],
  ["CHANGELOG.md", `\n## ${pkg.version}\n`],
])("%s contains %j", (path, text) => {
  expect(read(path)).toContain(text);
});

test("both packages of the AUR have the same scriptlet", () => {
  const [own, bin] = PKGBUILDS.map((folder) => read(`${folder}/${folder.split("/").at(-1)}.install`));
  expect(own).toBe(bin ?? "");
});

test("the units differ only in the lines for a system service", () => {
  const settings = UNITS.map((path) => {
    const [, service = ""] = read(path).split("[Service]");
    return service.split("\n").filter((line) => /^[A-Z]\w+=/.test(line));
  });
  const [system = [], user = []] = settings;
  expect(user.filter((line) => !system.includes(line))).toEqual([
    "RestartPreventExitStatus=78",
    "WantedBy=default.target",
  ]);
});

test("every file of a package or an archive exists", () => {
  const sources = [...PKGBUILDS.map((folder) => `${folder}/PKGBUILD`), "packaging/build-all.ts"]
    .map(read)
    .join("\n");
  const paths = [...sources.matchAll(/packaging\/(?:systemd|desktop)\/[\w@.-]+/g)].map(([path]) => path);
  expect(paths.length).toBeGreaterThan(4);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});
