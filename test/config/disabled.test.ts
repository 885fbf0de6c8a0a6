/** A provider is disabled when something that it needs is missing, such as a variable. The others still work. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadConfig, parseConfig } from "../../src/config/load.ts";
import { Folder } from "../support/folder.ts";
import { explainUnset } from "../support/unset.ts";

function load(lines: string, environment: { readonly [name: string]: string } = {}) {
  const indented = lines.replace(/^/gm, "  ");
  const text = `providers:\n- name: lame\n  url: https://a.example\n${indented}\n- {name: fine, url: "https://b.example"}\n`;
  const { config, warnings } = parseConfig(text, "c.yaml", environment);
  return { providers: config.providers.map(({ name }) => name), disabled: config.disabled, warnings };
}

const BRACES = "write a variable as `${NAME}`; if this is the key itself, put it in a `secret_file`";
const NAMED = BRACES.replace("NAME", "MY_KEY");
const BAD_BRACES = "expected only letters, digits and `_` between the braces of `${NAME}`";
const PLACEHOLDER = "replace the placeholder with your key";

test.each([
  ["secret: ${NOPE}", "4:11", explainUnset("NOPE")],
  ["secret: ${EMPTY}", "4:11", explainUnset("EMPTY", "empty")],
  ["headers: {x: 'a ${NOPE}'}", "4:16", explainUnset("NOPE")],
  ["secret_file: ${NOPE}/key", "4:16", explainUnset("NOPE")],
  ["ca_file: ${NOPE}/key", "4:12", explainUnset("NOPE")],
  ["secret: $MY_KEY", "4:11", NAMED],
  ["secret: Bearer $MY_KEY", "4:11", NAMED],
  ["secret: '%MY_KEY%'", "4:11", NAMED],
  ["secret: $env:MY_KEY", "4:11", NAMED],
  ["secret: '{{ MY_KEY }}'", "4:11", NAMED],
  ["headers: {Authorization: Bearer $MY_KEY}", "4:28", NAMED],
  ["headers: {x-api-key: '%MY_KEY%'}", "4:24", NAMED],
  ["query: {key: $MY_KEY}", "4:16", NAMED],
  ["secret: $hunter2", "4:11", BRACES],
  ["secret: ${}", "4:11", BAD_BRACES],
  ["secret: ${MY_KEY:-none}", "4:11", BAD_BRACES],
  ["headers: {x: '${}'}", "4:16", BAD_BRACES],
  ["secret: sk-your-key", "4:11", PLACEHOLDER],
  ["headers: {Authorization: Bearer your-api-key}", "4:28", PLACEHOLDER],
  ["secret: <your key>", "4:11", PLACEHOLDER],
  ["secret: MY_KEY=sk-1", "4:11", "write only the key, without `MY_KEY=`"],
])("%s disables only its provider", (line, place, reason) => {
  expect(load(line, { EMPTY: "" })).toEqual({
    providers: ["fine"],
    disabled: [{ name: "lame", models: [], reason }],
    warnings: [`c.yaml:${place}: Provider "lame" is disabled: ${reason}`],
  });
});

const OF_SHELL = "a service does not get the variables of your shell: run";
const OTHERWISE = "and restart the service; or put the key in a file and use `secret_file`";

test.each([
  [{ USER: "ann" }, "sudo systemctl edit ollama-proxy@ann"],
  [{ USER: "ann", MANAGERPID: "7" }, "systemctl --user edit ollama-proxy"],
])("a service of systemd that lacks a variable names the command: %j", (environment, command) => {
  const [lame] = load("secret: ${NOPE}", { ...environment, SYSTEMD_EXEC_PID: String(process.pid) }).disabled;
  expect(lame?.reason).toBe(
    `the environment variable NOPE is not set; ${OF_SHELL} \`${command}\`, add the lines [Service] and Environment=NOPE="…", ${OTHERWISE}`,
  );
});

test("a program that a service has started is not a service", () => {
  const environment = { SYSTEMD_EXEC_PID: String(process.ppid) };
  expect(load("secret: ${NOPE}", environment).disabled[0]?.reason).toBe(explainUnset("NOPE"));
});

test("every provider that uses a shared value is disabled with it", () => {
  const text = `providers:
- &base {name: a, url: "https://a.example", headers: &h {x: "\${NOPE}"}, models: [one, {name: two}]}
- {<<: *base, name: b}
- {name: c, url: "https://c.example", headers: *h}
- {<<: *base, name: d, headers: {}}
`;
  const { config } = parseConfig(text, "c.yaml", {});
  expect(config.providers.map(({ name }) => name)).toEqual(["d"]);
  expect(config.disabled.map(({ name, models }) => [name, ...models])).toEqual([
    ["a", "one", "two"],
    ["b", "one", "two"],
    ["c"],
  ]);
});

test("other mistakes of a disabled provider are still errors", () => {
  expect(() => load("secret: ${NOPE}\nmodels: glm")).toThrow("2 problems");
});

test("a provider's own secret overrides a merged key file, and its key file a merged secret", () => {
  using folder = new Folder();
  folder.write("key", "from-file");
  const text = `providers:
- &base {name: a, url: "https://a.example", secret_file: key}
- {<<: *base, name: b, secret: own}
- {<<: *base, name: c}
- &other {name: d, url: "https://d.example", secret: own}
- {<<: *other, name: e, secret_file: key}
`;
  const { config } = loadConfig(folder.write("ollama-proxy.yaml", text), {});
  const key = join(folder.path, "key");
  expect(config.providers.map(({ name, secrets, secretFile }) => [name, secrets[0], secretFile])).toEqual([
    ["a", "from-file", key],
    ["b", "own", undefined],
    ["c", "from-file", key],
    ["d", "own", undefined],
    ["e", "from-file", key],
  ]);
});
