/** `ollama-proxy config` and `ollama-proxy remove`. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { SAMPLE } from "../../src/config/sample.ts";
import { EXECUTABLE } from "../support/executable.ts";
import { Home } from "../support/program.ts";
import { Pty } from "../support/pty.ts";

const SCHEMA = join(import.meta.dir, "../../packaging/schema/ollama-proxy.schema.json");

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

test("config path prints the path that serve would use", async () => {
  expect(await home.run("config", "path")).toEqual({ exitCode: 0, stdout: `${home.config}\n`, stderr: "" });
  const other = join(home.directory, "other.yaml");
  expect((await home.run("config", "path", "--config", other)).stdout).toBe(`${other}\n`);
  expect((await home.runWith({ OLLAMA_PROXY_CONFIG: other }, "config", "path")).stdout).toBe(`${other}\n`);
});

test("config schema prints the schema of this version", async () => {
  const { exitCode, stdout } = await home.run("config", "schema");
  expect(exitCode).toBe(0);
  const printed: unknown = JSON.parse(stdout);
  const committed: unknown = JSON.parse(readFileSync(SCHEMA, "utf8"));
  expect(printed).toEqual(committed);
});

test("config edit without a terminal starts nothing", async () => {
  expect(await home.runWith({ EDITOR: "false" }, "config", "edit")).toEqual({
    exitCode: 1,
    stdout: "",
    stderr: `Cannot start an editor without a terminal; edit ${home.config}\n`,
  });
});

test.each([100, 80, 40])("in %d columns, config edit checks what the editor saved", async (columns) => {
  // The first edit is a mistake, the second corrects it.
  const environment = { EDITOR: `sed -i -e 's/^port: x$/port: 2/' -e 's/^port: 11434$/port: x/'` };
  await using pty = new Pty([EXECUTABLE, "config", "edit"], {
    columns,
    directory: home.directory,
    environment,
  });
  await pty.shows("> Edit the file again");
  expect(pty.screen.replaceAll(/\s/g, "")).toContain(":7:Expectedaportbetween0and65535");
  pty.type("\r");
  expect(await pty.exitCode()).toBe(0);
  expect(pty.screen.replaceAll(/\s/g, "")).toContain(`${home.config}isvalid`);
  expect(readFileSync(home.config, "utf8")).toBe(SAMPLE.replace("port: 11434", "port: 2"));
});

test("config edit leaves an invalid file when the user gives up, and exits with 78", async () => {
  home.write("port: x\n");
  await using pty = new Pty([EXECUTABLE, "config", "edit"], {
    columns: 80,
    directory: home.directory,
    environment: { VISUAL: "true" },
  });
  await pty.shows("> Edit the file again");
  pty.type("leave\r");
  expect(await pty.exitCode()).toBe(78);
});

test("remove deletes one provider, keeps every other byte, and closes the file to others", async () => {
  const text =
    "# mine\nproviders:\n- {name: a, url: 'https://a'} # first\n- name: b\n  url: https://b\n\n# end\n";
  home.write(text);
  const { exitCode, stdout } = await home.run("remove", "b");
  expect(exitCode).toBe(0);
  expect(stdout).toStartWith(`Removed "b" from ${home.config}\n`);
  expect(readFileSync(home.config, "utf8")).toBe(text.replace("- name: b\n  url: https://b\n", ""));
  expect(statSync(home.config).mode & 0o777).toBe(0o600);
});

test("remove names the providers that there are", async () => {
  home.write("providers: [{name: aliyun, url: 'https://a'}, {name: b, url: 'https://b'}]\n");
  expect((await home.run("remove", "aliyn")).stderr).toBe(
    `The configuration ${home.config} has no provider "aliyn", did you mean \`aliyun\`?\n`,
  );
  expect((await home.run("remove", "zzzzzz")).stderr).toBe(
    `The configuration ${home.config} has no provider "zzzzzz"; its providers are aliyun, b\n`,
  );
  expect((await home.run("remove")).stderr).toStartWith('Missing name after "remove"\n');
});

test("an invalid configuration is not changed", async () => {
  home.write("port: x\nproviders: [{name: b, url: 'https://b'}]\n");
  for (const args of [
    ["remove", "b"],
    ["add", "c", "--url", "https://c", "--skip-test"],
  ]) {
    const { exitCode, stderr } = await home.run(...args);
    expect(exitCode).toBe(78);
    expect(stderr).toContain(":1:7: Expected a port between 0 and 65535");
  }
});
