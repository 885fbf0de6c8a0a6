/** What the program does with a configuration that lets others use it. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { configuration, Home, namesAt } from "../support/program.ts";

test.concurrent("warns when others can use the program without a key", async () => {
  using home = new Home();
  home.write("host: 0.0.0.0\nallow_anonymous: true\n");
  await using serving = home.serve();
  const { level } = await serving.logged(
    "`allow_anonymous` is set: everyone who can connect to this machine",
  );
  expect(level).toBe("warn");
  await serving.logged("Listening");
});

test.concurrent("logs that keys are sent unencrypted", async () => {
  using home = new Home();
  home.write("host: 0.0.0.0\napi_keys: [{name: a, secret: 0123456789abcdef}]\n");
  await using serving = home.serve();
  const { level } = await serving.logged("Other machines can reach this address, and `tls` is not set");
  expect(level).toBe("info");
  await serving.logged("Listening");
});

test.concurrent.each([["0.0.0.0"], ["::"], ["nas"]])("rejects --host %s without a key", async (host) => {
  using home = new Home();
  home.write(configuration("x"));
  const { exitCode, stderr } = await home.run("serve", "--port", "0", "--host", host);
  expect(exitCode).toBe(78);
  expect(stderr).toStartWith(`Cannot use the configuration: 1 problem

--host ${host}: Expected \`api_keys\`, because other machines can reach this address; add a key for every client, or set \`allow_anonymous: true\` to allow access without a key
`);
});

test.concurrent("rejects a host in the file without a key, and names both options below its line", async () => {
  using home = new Home();
  home.write("host: 0.0.0.0\n");
  const { exitCode, stderr } = await home.run("serve", "--port", "0");
  expect(exitCode).toBe(78);
  expect(stderr).toStartWith(`Cannot use the configuration: 1 problem

${home.config}:1:7: Expected \`api_keys\`, because other machines can reach this address; add a key for every client, or set \`allow_anonymous: true\` to allow access without a key
   1 | host: 0.0.0.0
     |       ^
`);
});

test.concurrent("keeps the previous configuration when the saved one would allow access without a key", async () => {
  using home = new Home();
  home.write(configuration("x"));
  await using serving = home.serve();
  const url = await serving.url();
  home.write(`host: 0.0.0.0\n${configuration("y")}`);
  await serving.logged("Cannot use the configuration: 1 problem");
  expect(await namesAt(url)).toEqual(["[a]-x"]);
});

test.concurrent.each(["localhost", "127.0.0.2", "::1"])("listens on %s without a key", async (host) => {
  using home = new Home();
  if (process.platform !== "linux") return;
  home.write(`host: "${host}"\n`);
  await using serving = home.serve();
  expect(await namesAt(await serving.url())).toEqual(["[demo]-echo"]);
});

test.concurrent("uses a changed key file", async () => {
  using home = new Home();
  const file = join(home.directory, "phone");
  writeFileSync(file, "0123456789-first", { mode: 0o600 });
  home.write(`api_keys: [{name: phone, secret_file: phone}]\n${configuration("x")}`);
  await using serving = home.serve();
  const url = await serving.url();
  const ask = async (key: string): Promise<number> => (await fetch(`${url}/key/${key}/api/tags`)).status;
  expect(await ask("0123456789-first")).toBe(200);
  writeFileSync(file, "0123456789-second");
  await serving.logged("Using the changed configuration");
  expect(await ask("0123456789-first")).toBe(403);
  expect(await ask("0123456789-second")).toBe(200);
});
