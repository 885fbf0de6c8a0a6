/** Linters for scripts, PKGBUILDs and desktop entries. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { tryRun, mustSkip, ROOT } from "./commands.ts";

const lint = test.skipIf(mustSkip("linters", "shellcheck", "desktop-file-validate"));
const CLEAN = { exitCode: 0, stdout: "", stderr: "" };

/** Throws when a pattern matches no file, because it would check nothing. */
function find(pattern: string): readonly string[] {
  const paths = [...new Bun.Glob(pattern).scanSync({ cwd: ROOT, dot: true })].toSorted();
  if (paths.length === 0) throw new Error(`Nothing is found by "${pattern}"`);
  return paths;
}

const scripts = ["packaging/ci/*.sh", "packaging/test-env/*.sh", "packaging/desktop/*.command", ".ci/run"];
lint.each(scripts.flatMap(find))("shellcheck finds nothing in %s", async (path) => {
  expect(await tryRun(["shellcheck", "--severity=warning", join(ROOT, path)])).toEqual(CLEAN);
});

/** makepkg and pacman source these files. They use the variables, and run them in an existing folder. */
lint.each(find("packaging/aur/*/{PKGBUILD,*.install}"))("shellcheck finds nothing in %s", async (path) => {
  const ignored = "--exclude=SC2034,SC2154,SC2148,SC2164";
  expect(
    await tryRun(["shellcheck", "--severity=warning", "--shell=bash", ignored, join(ROOT, path)]),
  ).toEqual(CLEAN);
});

lint("the desktop entry is valid", async () => {
  const entry = join(ROOT, "packaging/desktop/ollama-proxy.desktop");
  expect(await tryRun(["desktop-file-validate", entry])).toEqual(CLEAN);
});
