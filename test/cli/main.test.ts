import { expect, test } from "bun:test";
import { readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import pkg from "../../package.json" with { type: "json" };
import { COMMANDS } from "../../src/cli/commands.ts";
import { SAMPLE } from "../../src/config/sample.ts";
import { type Ended, Home } from "../support/program.ts";
import { explainUnset } from "../support/unset.ts";

test("--version prints the version of package.json and nothing else", async () => {
  using home = new Home();
  expect(await home.run("--version")).toEqual({ exitCode: 0, stdout: `${pkg.version}\n`, stderr: "" });
});

test("--help goes to standard output", async () => {
  using home = new Home();
  const { exitCode, stdout, stderr } = await home.run("--help");
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toContain(`USAGE ollama-proxy [OPTIONS] ${Object.keys(COMMANDS).join("|")}`);
});

test("a mistake on the command line exits with 2", async () => {
  using home = new Home();
  expect(await home.run("--prot", "1")).toEqual({
    exitCode: 2,
    stdout: "",
    stderr: 'Unknown flag "--prot", did you mean `--port`?\nFor help, run: ollama-proxy --help\n',
  });
});

test.each(["serve", "check", "models"])(
  "an invalid configuration makes %s exit with 78 and without a stack",
  async (command) => {
    using home = new Home();
    home.write("port: 70000\n");
    expect(await home.run(command)).toEqual({
      exitCode: 78,
      stdout: "",
      stderr: `Cannot use the configuration: 1 problem

${home.config}:1:7: Expected a port between 0 and 65535
   1 | port: 70000
     |       ^
`,
    });
  },
);

test("a port that is in use makes the program exit with 75", async () => {
  using home = new Home();
  using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("mine") });
  home.write("");
  const { exitCode, stdout, stderr } = await home.run("--port", String(taken.port));
  expect({ exitCode, stdout }).toEqual({ exitCode: 75, stdout: "" });
  expect(stderr).toContain(String(taken.port));
  expect(stderr).not.toContain("    at ");
});

test("a sample that cannot be written makes the program exit with 1", async () => {
  using home = new Home();
  const directory = `${home.directory}/none`;
  const { exitCode, stderr } = await home.runWith({ HOME: directory, USERPROFILE: directory });
  expect(exitCode).toBe(1);
  expect(stderr).toStartWith("Cannot write a sample configuration to ");
  expect(stderr).not.toContain("    at ");
});

test.each(["serve", "check", "models"])(
  "a named file that does not exist makes %s exit with 78, and no sample is written",
  async (command) => {
    using home = new Home();
    const path = `${home.directory}/other.yaml`;
    const expected = {
      exitCode: 78,
      stdout: "",
      stderr: `Cannot read the configuration "${path}": it does not exist; to write a sample, run: ollama-proxy init --config "${path}"\n`,
    };
    expect(await home.run(command, "--config", path)).toEqual(expected);
    expect(await home.runWith({ OLLAMA_PROXY_CONFIG: path }, command)).toEqual(expected);
    expect(readdirSync(home.directory)).toEqual([]);
  },
);

test("init writes the sample to the path of --config", async () => {
  using home = new Home();
  const path = `${home.directory}/other.yaml`;
  expect((await home.run("init", "--config", path)).exitCode).toBe(0);
  expect(readdirSync(home.directory)).toEqual(["other.yaml"]);
});

test.each([
  ["serve", undefined, "not set"],
  ["serve", "", "not set"],
  ["serve", "relative", "not an absolute path"],
  ["init", undefined, "not set"],
  ["check", "", "not set"],
])("%s without a home directory (%p) exits with 78 and writes nothing", async (command, value, state) => {
  using home = new Home();
  const variable = process.platform === "win32" ? "USERPROFILE" : "HOME";
  expect(await home.runWith({ HOME: value, USERPROFILE: value }, command)).toEqual({
    exitCode: 78,
    stdout: "",
    stderr: `Cannot find the home directory: the environment variable ${variable} is ${state}; set it, or specify a configuration with --config FILE or the variable OLLAMA_PROXY_CONFIG\n`,
  });
  expect(readdirSync(home.directory)).toEqual([]);
});

test("a named configuration needs no home directory", async () => {
  using home = new Home();
  home.write("");
  const { exitCode } = await home.runWith(
    { HOME: undefined, USERPROFILE: undefined },
    "check",
    "--config",
    home.config,
  );
  expect(exitCode).toBe(0);
});

test.each(["serve", "check"])("a pipe in place of the configuration ends %s with 78", async (command) => {
  using home = new Home();
  if (process.platform === "win32") return;
  expect(Bun.spawnSync(["mkfifo", home.config]).exitCode).toBe(0);
  expect(await home.run(command)).toEqual({
    exitCode: 78,
    stdout: "",
    stderr: `Cannot read the configuration "${home.config}": it is a pipe; expected a regular file\n`,
  });
});

test("a symbolic link without a target is kept", async () => {
  using home = new Home();
  if (process.platform === "win32") return;
  symlinkSync("dotfiles/ollama-proxy.yaml", home.config);
  expect(await home.run("serve")).toEqual({
    exitCode: 78,
    stdout: "",
    stderr: `Cannot read the configuration "${home.config}": it is a symbolic link to "dotfiles/ollama-proxy.yaml", which does not exist\n`,
  });
});

test("a provider without its variable makes check and models fail, and the others are still queried", async () => {
  using home = new Home();
  using upstream = serveModels("x");
  home.write(`port: 1
providers:
- {name: good, url: "http://127.0.0.1:${upstream.port}/v1", secret: right}
- {name: lame, url: "https://b.example", secret: "\${NOPE}"}
`);
  const reason = explainUnset("NOPE");
  const warning = `Warning: ${home.config}:4:50: Provider "lame" is disabled: ${reason}\n`;
  expect(ofProviders(await home.run("check"))).toEqual({
    exitCode: 1,
    stdout: `ok      good  1 model\nfailed  lame  disabled: ${reason}\n`,
    stderr: warning,
  });
  expect(await home.run("models")).toEqual({
    exitCode: 1,
    stdout: "[good]-x\n",
    stderr: `${warning}Cannot list the models of "lame": the provider is disabled: ${reason}\n`,
  });
  expect((await home.runWith({ NOPE: "key" }, "models")).stderr).not.toContain("disabled");
});

test("init writes the sample once, and only its owner can read it", async () => {
  using home = new Home();
  const first = await home.run("init");
  expect(first.exitCode).toBe(0);
  expect(first.stdout).toStartWith(`Wrote a sample configuration to ${home.config}\n`);
  // A developer may run a server that the sample then offers.
  const sample = readFileSync(home.config, "utf8");
  expect(sample.replace(/\n# Found on this machine[^]*?(?=\n# A provider)/, "")).toBe(SAMPLE);
  if (process.platform !== "win32") expect(statSync(home.config).mode & 0o777).toBe(0o600);
  home.write("port: 1\n");
  expect(await home.run("init")).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: `Cannot write a sample configuration: "${home.config}" already exists\n`,
  });
  expect(readFileSync(home.config, "utf8")).toBe("port: 1\n");
});

test("check and models without a provider", async () => {
  using home = new Home();
  home.write("");
  const text = "The configuration is valid, but it has no provider\n";
  expect(await home.run("check")).toEqual({ exitCode: 0, stdout: text, stderr: "" });
  expect(await home.run("models")).toEqual({ exitCode: 0, stdout: "", stderr: "" });
});

/** The message of `check` when no program listens on the port of the configuration. */
const NOBODY_RUNS =
  /^\nCannot find a running ollama-proxy at http:\/\/127\.0\.0\.1:1: no program is listening there\n$/m;

/** The output of `check` for the providers, without the part for the running program. */
function ofProviders({ stdout, ...ended }: Ended): Ended {
  expect(stdout).toMatch(NOBODY_RUNS);
  return { ...ended, stdout: stdout.replace(NOBODY_RUNS, "") };
}

function serveModels(...ids: readonly string[]) {
  const data = ids.map((id) => ({ id, object: "model", created: 1, owned_by: "test" }));
  const fetch = (request: Request): Response =>
    request.headers.get("authorization") === "Bearer right"
      ? Response.json({ object: "list", data })
      : Response.json({ error: { message: "Wrong key" } }, { status: 401 });
  return Bun.serve({ hostname: "127.0.0.1", port: 0, fetch });
}

test("check reports every provider, and exits with 1 when one fails", async () => {
  using home = new Home();
  using upstream = serveModels("x", "y/z");
  const url = `http://127.0.0.1:${upstream.port}/v1`;
  home.write(`port: 1\nproviders:\n- {name: good, url: "${url}", secret: right, models: [x, w]}\n`);
  const fine = { exitCode: 0, stdout: "ok      good  2 models; not in the provider's list: w\n", stderr: "" };
  expect(ofProviders(await home.run("check"))).toEqual(fine);

  home.write(`port: 1
providers:
- {name: good, url: "${url}", secret: right}
- {name: broken, url: "${url}", secret: wrong-secret}
`);
  const { exitCode, stdout, stderr } = ofProviders(await home.run("check"));
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
  expect(stdout.split("\n")).toEqual([
    "ok      good    2 models",
    expect.stringMatching(/^failed {2}broken {2}\S/),
    "",
  ]);
  expect(stdout).not.toContain("wrong-secret");
});

test("check and models show patterns, every key, and aliases", async () => {
  using home = new Home();
  using upstream = serveModels("x", "y/z", "y/old");
  const url = `http://127.0.0.1:${upstream.port}/v1`;
  home.write(`port: 1
providers:
- {name: p, url: "${url}", secret: right, models: [y/*, "!*old", none*]}
- {name: pool, url: "${url}", secret: [right, the-wrong-key-of-the-pool]}
models:
- {name: max, use: ["[p]-x", "[pool]-gone"]}
`);
  const { exitCode, stdout } = ofProviders(await home.run("check"));
  expect(exitCode).toBe(1);
  expect(stdout.split("\n")).toEqual([
    "ok      p                    3 models; 1 of them are shown; no model matches: none*",
    "ok      pool (key number 1)  3 models",
    expect.stringMatching(/^failed {2}pool \(key …pool\) +Wrong key/),
    "alias   max: [p]-x, [pool]-gone; not in the provider's list: [pool]-gone",
    "",
  ]);
  const listed = "max\n[p]-y/z\n[pool]-x\n[pool]-y/z\n[pool]-y/old\n";
  expect(await home.run("models")).toEqual({ exitCode: 0, stdout: listed, stderr: "" });
});

test("models prints the names that apps see, and exits with 1 when a provider cannot be queried", async () => {
  using home = new Home();
  using upstream = serveModels("x", "y/z");
  const url = `http://127.0.0.1:${upstream.port}/v1`;
  home.write(`providers:
- {name: named, url: "${url}", models: [b, {name: a}]}
- {name: asked, url: "${url}", secret: right}
`);
  const stdout = "[named]-b\n[named]-a\n[asked]-x\n[asked]-y/z\n";
  expect(await home.run("models")).toEqual({ exitCode: 0, stdout, stderr: "" });

  home.write(`providers:\n- {name: refused, url: "${url}"}\n- {name: named, url: "${url}", models: [b]}\n`);
  const failed = await home.run("models");
  expect({ ...failed, stderr: "" }).toEqual({ exitCode: 1, stdout: "[named]-b\n", stderr: "" });
  expect(failed.stderr).toStartWith('Cannot list the models of "refused": ');
});

test.each(["check", "models"])(
  "%s masks a key that a provider quotes, and a key in the name of a model",
  async (command) => {
    using home = new Home();
    const key = "Zk81mQp07vXw55Rt";
    using refusing = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => new Response(`Wrong key ${btoa(key)} (${key})`, { status: 401 }),
    });
    home.write(`port: 1
providers:
- {name: r, url: "http://127.0.0.1:${refusing.port}/v1", secret: ${key}}
- {name: n, url: "http://127.0.0.1:${refusing.port}/v1", models: ["x-${key}"]}
`);
    const { exitCode, stdout, stderr } = await home.run(command);
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain("Wrong key ***");
    expect(stdout + stderr).not.toContain(key);
    expect(stdout + stderr).not.toContain(btoa(key).slice(0, 18));
  },
);
