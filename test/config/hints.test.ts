/** Hints for settings that are written as another program expects them. */
import { expect, test } from "bun:test";
import { parseConfig } from "../../src/config/load.ts";
import { configErrorOf } from "../support/config-error.ts";

const PROVIDER = "providers:\n- name: a\n  url: https://a.example\n";

test.each([
  ["api_key: hunter2", "secret"],
  ["apiKey: hunter2", "secret"],
  ["key: hunter2", "secret"],
  ["token: hunter2", "secret"],
  ["api_key_file: ~/.key", "secret_file"],
  ["type: ollama", "api_type"],
  ["apiType: ollama", "api_type"],
  ["model: glm", "models"],
])("the key of another program is recognized: %j", (line, name) => {
  const [key] = line.split(":");
  const message = configErrorOf(`${PROVIDER}  ${line}`);
  expect(message).toStartWith(
    `Cannot use the configuration: 1 problem\n\nc.yaml:4:3: Unknown key \`${key}\`, did you mean \`${name}\`?\n`,
  );
  expect(message).not.toContain("hunter2");
});

test.each(["base_url", "baseURL", "apiBase", "endpoint"])(
  "%s instead of url is reported once, not also as a missing key",
  (key) => {
    expect(configErrorOf(`providers:\n- name: a\n  ${key}: https://a.example\n`)).toStartWith(
      `Cannot use the configuration: 1 problem\n\nc.yaml:3:3: Unknown key \`${key}\`, did you mean \`url\`?\n`,
    );
  },
);

test.each([
  ["127.0.0.1:11434", "127.0.0.1", "11434"],
  ["localhost:8080", "localhost", "8080"],
  ["'[::1]:11434'", "::1", "11434"],
  ["http://0.0.0.0:11434", "0.0.0.0", "11434"],
])("a host with a port is explained: %s", (value, address, port) => {
  expect(configErrorOf(`host: ${value}`)).toStartWith(
    `Cannot use the configuration: 1 problem\n\nc.yaml:1:7: Expected an address without a port; write \`host: ${address}\` and \`port: ${port}\`\n`,
  );
});

test("brackets around an IPv6 address are accepted", () => {
  expect(parseConfig("host: '[::1]'", "c.yaml", {}).config.host).toBe("::1");
});

test("typographic quotes around a URL are named", () => {
  expect(configErrorOf("providers:\n- name: a\n  url: “https://a.example”\n")).toContain(
    "c.yaml:3:8: Expected a URL such as https://api.example.com/v1; this URL is in typographic quotes; use straight quotes or none\n",
  );
});
