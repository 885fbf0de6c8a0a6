/** Keys that a command prints. */
import { expect, test } from "bun:test";
import { startConfigured } from "../support/app.ts";
import { KEYS, ask, keyOf, says, used } from "../support/keys.ts";
import { Clock } from "../support/clock.ts";
import { Folder } from "../support/folder.ts";
import { type Upstream, startUpstream } from "../support/upstream.ts";

/** A command that prints the next of the keys at each run, and counts its runs. */
function commandOf(folder: Folder, keys: readonly string[], body = ""): string {
  folder.write("keys", keys.join("\n"));
  const script = folder.write(
    "key.sh",
    `cd "${folder.path}"\n${body}\nn=$(cat runs 2>/dev/null | wc -l)\necho run >> runs\nsed -n "$((n + 1))p" keys\n`,
  );
  return `sh ${script}`;
}

function withCommand({ url }: Upstream, command: string, more = ""): string {
  return `providers:
- name: a
  url: ${url}/v1
  models: [m]
  secret_command: {command: ${JSON.stringify(command)}${more}}
- {name: b, url: "${url}/v1", models: [m], secret: key-of-the-provider-b}
models: [{name: max, use: ["[a]-m", "[b]-m"]}]
`;
}

test.skipIf(process.platform === "win32")("a command gives the key, once for its lifetime", async () => {
  using folder = new Folder();
  const clock = new Clock();
  using a = startUpstream(() => says("hi"));
  const command = commandOf(folder, KEYS);
  await using app = await startConfigured(withCommand(a, command, ", lifetime: 1m"), clock.runtime);
  await Promise.all([ask(app.url), ask(app.url)]);
  expect(used(a)).toEqual(["1111", "1111"]);
  clock.advance(59_000);
  await ask(app.url);
  clock.advance(2000);
  await ask(app.url);
  expect(used(a)).toEqual(["1111", "1111", "1111", "2222"]);
});

test.skipIf(process.platform === "win32")("a rejected key of a command is replaced at once", async () => {
  using folder = new Folder();
  using a = startUpstream((request) =>
    keyOf(request) === KEYS[0]
      ? Response.json({ error: { message: "expired" } }, { status: 401 })
      : says("hi"),
  );
  await using app = await startConfigured(withCommand(a, commandOf(folder, KEYS)));
  expect((await ask(app.url)).status).toBe(200);
  expect(used(a)).toEqual(["1111", "2222"]);
});

test.skipIf(process.platform === "win32").each([
  [
    "a failed command",
    "echo 'not signed in' >&2; exit 3",
    'The command in "secret_command" failed with exit code 3: not signed in; run it in a terminal and correct it',
  ],
  [
    "a command without output",
    "exit 0",
    'The command in "secret_command" printed nothing; run it in a terminal and correct it',
  ],
  [
    "several lines",
    "echo one; echo two; exit 0",
    'The command in "secret_command" printed several lines; expected only the key; run it in a terminal and correct it',
  ],
  [
    "a command that takes too long",
    "sleep 5",
    'The command in "secret_command" did not end within 0.1 s; run it in a terminal and correct it',
  ],
])("%s affects its provider only", async (_, body, message) => {
  using folder = new Folder();
  using a = startUpstream(() => says("hi"));
  const text = withCommand(a, commandOf(folder, KEYS, body), ", timeout: 100ms");
  await using app = await startConfigured(text);
  expect(await ask(app.url)).toEqual({ status: 403, text: JSON.stringify({ error: `[a] ${message}` }) });
  expect((await ask(app.url, "[b]-m")).status).toBe(200);
  expect((await ask(app.url, "max")).status).toBe(200);
  expect(used(a)).toEqual(["er-b", "er-b"]);
});

test.skipIf(process.platform === "win32")("the key of a command is masked", async () => {
  using folder = new Folder();
  const clock = new Clock();
  using a = startUpstream((request) => says(`I was called with ${keyOf(request)}`));
  await using app = await startConfigured(withCommand(a, commandOf(folder, KEYS)), clock.runtime);
  const { text } = await ask(app.url);
  expect(text).toContain("I was called with ***");
  expect(text + JSON.stringify(clock.lines)).not.toContain(KEYS[0]);
});
