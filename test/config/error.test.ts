import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { parseConfig } from "../../src/config/load.ts";
import { ConfigError } from "../../src/config/error.ts";
import { explainUnset } from "../support/unset.ts";

function errorOf(text: string): string {
  try {
    parseConfig(text, "c.yaml", { EMPTY: "" });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("Expected the configuration to be rejected");
}

const FAULTY = `port: 99999
prots: 3
providers:
- name: 阿里云
  url: http://x.example/v1
  secret: "Bearer sk-verysecret"
  secert: hunter2
- name: b b
  url: https://\${NOPE}/v1
  headers: {authorization: hunter3, x-a: "a\\nb"}
  models: [null, {name: ok, contextlength: 5}]
- api_type: Gemini
  timeouts: {idle: soon}
`;

const REPORT = `Cannot use the configuration: 13 problems

c.yaml:1:7: Expected a port between 0 and 65535
   1 | port: 99999
     |       ^

c.yaml:2:1: Unknown key \`prots\`, did you mean \`port\`?
   2 | prots: *
     | ^

c.yaml:5:8: Expected https, because the secret would be sent unencrypted; use https://, or set \`allow_http: true\` if you trust the network
   5 |   url: http://x.example/v1
     |        ^

c.yaml:7:3: Unknown key \`secert\`, did you mean \`secret\`?
   7 |   secert: *******
     |   ^

c.yaml:8:9: Expected a short name of letters, digits, \`.\`, \`_\` and \`-\`, such as \`aliyun\`: models appear as [aliyun]-…
   8 | - name: b b
     |         ^

c.yaml:9:8: T${explainUnset("NOPE").slice(1)}
   9 |   url: https://\${NOPE}/v1
     |        ^

c.yaml:10:42: Expected one line of text; headers cannot contain other characters
  10 |   headers: {authorization: *******, x-a: ******}
     |                                          ^

c.yaml:11:12: Expected text; put the value in quotes
  11 |   models: [null, {name: ok, contextlength: *}]
     |            ^

c.yaml:11:29: Unknown key \`contextlength\`, did you mean \`context_length\`?
  11 |   models: [null, {name: ok, contextlength: *}]
     |                             ^

c.yaml:12:3: Expected the key \`name\`
  12 | - api_type: Gemini
     |   ^

c.yaml:12:3: Expected the key \`url\`
  12 | - api_type: Gemini
     |   ^

c.yaml:12:13: Expected Openai, Ollama, Anthropic, or Responses
  12 | - api_type: Gemini
     |             ^

c.yaml:13:20: Expected a time such as 30s, 500ms, 10m or 1h, at most 24h
  13 |   timeouts: {idle: soon}
     |                    ^`;

test("all problems are reported, each with its position, its line and a caret", () => {
  expect(errorOf(FAULTY)).toBe(REPORT);
});

const PROVIDER = "providers:\n- name: a\n  url: https://a.example\n";

test.each([
  ["port: eleven", "1:7: Expected a port between 0 and 65535"],
  ["port: 1.5", "1:7: Expected a port between 0 and 65535"],
  ["port: -1", "1:7: Expected a port between 0 and 65535"],
  [
    "host: http://a",
    "1:7: Expected an address to listen on, such as 127.0.0.1 or 0.0.0.0, without scheme or port",
  ],
  ["- a", "1:1: Expected a mapping with the keys port, host, api_keys, allow_anonymous"],
  [
    "port: 1\nhost: 0.0.0.0",
    "2:7: Expected `api_keys`, because other machines can reach this address; add a key for every client, or set `allow_anonymous: true` to allow access without a key\n   2 | host: 0.0.0.0\n     |       ^",
  ],
  ["host: nas\napi_keys: []", "1:7: Expected `api_keys`, because other machines"],
  ["host: '::'\nallow_anonymous: false", "1:7: Expected `api_keys`, because other machines"],
  ["host: 127.evil.com", "1:7: Expected `api_keys`, because other machines"],
  [
    "allow_anonymous: true\napi_keys: [{name: a, secret: 0123456789abcdef}]",
    "1:18: Expected either `api_keys` or `allow_anonymous: true`, got both",
  ],
  ["allow_anonymous: 1", "1:18: Expected true or false"],
  ["api_keys: abc", "1:11: Expected a list of keys, each beginning with `- name:`"],
  ["api_keys: [{name: a}]", "1:12: Expected the key `secret` or `secret_file`"],
  ["api_keys: [{secret: 0123456789abcdef}]", "1:12: Expected the key `name`"],
  [
    "api_keys: [{name: a, secret: 0123456789abcde}]",
    "1:30: Expected a key of at least 16 characters; to generate one, run: openssl rand -hex 24\n   1 | api_keys: [{name: a, secret: ***************}]",
  ],
  ["api_keys: [{name: a, secret: '${NOPE}'}]", "1:30: The environment variable NOPE is not set; set it"],
  ["api_keys: [{name: a, secret_file: /none}]", '1:35: Cannot use the file "/none": it does not exist'],
  [
    "api_keys: [{name: a, secret: 0123456789abcdef}, {name: A, secret: 0123456789abcdeg}]",
    "1:56: Expected a unique name; a key above already has this name",
  ],
  [
    "api_keys: [{name: a, secret: 0123456789abcdef}, {name: b, secret: 0123456789abcdef}]",
    "1:67: Expected a unique secret; a key above already has this secret",
  ],
  ["allowed_hosts: a.example", "1:16: Expected a list of host names"],
  [
    "allowed_hosts: ['https://a.example']",
    "1:17: Expected a host name such as ai.example.com, without scheme",
  ],
  ["allowed_hosts: ['a.example:443']", "1:17: Expected a host name without a port"],
  ["tls: cert.pem", "1:6: Expected a mapping with the keys cert_file, key_file"],
  ["tls: {cert_file: none.pem}", "1:6: Expected the key `key_file`"],
  ["tls: {cert_file: /none, key_file: /nokey}", '1:18: Cannot use the file "/none": it does not exist'],
  ["tls: {cert_file: '${NOPE}', key_file: /nokey}", "1:18: The environment variable NOPE is not set"],
  ["api_keys: [{name: a, secret: your-api-key}]", "1:30: Replace the placeholder with your key"],
  ["providers: {a: 1}", "1:12: Expected a list of providers, each beginning with `- name:`"],
  ["port: 1\nport: 2", "2:1: Expected a unique key; this key is already set above"],
  ["providers:\n\t- a", "2:1: Expected spaces; YAML does not allow tabs as indentation"],
  ["port: *p", "1:7: Expected an anchor for this alias above; put a value that begins with `*` in quotes"],
  [
    `${PROVIDER}- name: A\n  url: https://b`,
    "4:9: Expected a unique name; a provider above already has this name",
  ],
  [`${PROVIDER}  secret: a\n  secret_file: b`, "5:16: Expected either `secret` or `secret_file`, got both"],
  [
    `${PROVIDER}  secret_file: none/here`,
    `4:16: Cannot use the file "${resolve("none/here")}": it does not exist`,
  ],
  [`${PROVIDER}  ca_file: none.pem`, `4:12: Cannot use the file "${resolve("none.pem")}": it does not exist`],
  [`${PROVIDER}  secret: {a: 1}`, "4:11: Expected a key, or a list of keys"],
  [`${PROVIDER}  secret: [a, {b: 1}]`, "4:15: Expected text; put the value in quotes"],
  [
    `${PROVIDER}  secret: a\n  secret_command: b`,
    "5:19: Expected either `secret` or `secret_command`, got both",
  ],
  [
    `${PROVIDER}  secret_file: a\n  secret_command: b`,
    "4:16: Expected either `secret_command` or `secret_file`, got both",
  ],
  [
    `${PROVIDER}  secret_command: []`,
    "4:19: Expected a command, a list of the command and its arguments, or a mapping with `command`",
  ],
  [
    `${PROVIDER}  secret_command: {command: a, timeout: soon}`,
    "4:41: Expected a time such as 30s, 500ms, 10m or 1h",
  ],
  [`${PROVIDER}  headers: {"a b": c}`, "4:13: Expected the name of a header, such as x-api-key"],
  [
    `${PROVIDER}  models: glm`,
    "4:11: Expected a list of model names and patterns, or null for all models of the provider",
  ],
  [
    `${PROVIDER}  models: [{name: a, capabilities: [smell]}]`,
    "4:37: Expected one of completion, tools, insert, vision, embedding, thinking",
  ],
  [`${PROVIDER}  allow_http: 1`, "4:15: Expected true or false"],
  [`${PROVIDER}  extra_body: []`, "4:15: Expected a mapping of keys to values"],
  [
    "providers: [{name: a, url: 'http://lan', headers: {x-api-key: b}}]",
    "1:28: Expected https, because the secret would",
  ],
  [
    "providers: [{name: a, url: 'http://lan', query: {api_key: b}}]",
    "1:28: Expected https, because the secret would",
  ],
  ["providers: [{name: a, url: 'http://u:p@lan'}]", "1:28: Expected https, because the secret would"],
  ["providers: [{name: a, url: 'http://lan/?sig=b'}]", "1:28: Expected https, because the secret would"],
  [
    "providers: [{name: a, url: 'http://lan', query: {sig: b}}]",
    "1:28: Expected https, because the secret would",
  ],
  [
    "providers: [{name: a, url: 'http://lan', headers: {X-Auth: b}}]",
    "1:28: Expected https, because the secret would",
  ],
])("%j is rejected", (text, expected) => {
  expect(errorOf(text)).toStartWith(`Cannot use the configuration: 1 problem\n\nc.yaml:${expected}`);
});

test.each([
  [
    "providers:\n- &a {<<: *a, name: a, url: https://a}",
    "2:11: Expected an alias that does not contain itself",
  ],
  [`${PROVIDER}  extra_body: {x: &e {y: [*e]}}`, "4:27: Expected an alias that does not contain itself"],
  [`${PROVIDER}  <<: 5`, "4:7: Expected a mapping to merge, or a list of mappings"],
  [`${PROVIDER}  <<: [{secret: a}, b]`, "4:7: Expected a mapping to merge, or a list of mappings"],
  [`${PROVIDER}  <<:`, "4:6: Expected a mapping to merge, or a list of mappings"],
])("a combination of settings is rejected: %j", (text, expected) => {
  expect(errorOf(text)).toStartWith(`Cannot use the configuration: 1 problem\n\nc.yaml:${expected}`);
});

test.each([
  ["providers:\n- name: a\n  url:\u00a0https://a", "3:7", "00A0"],
  ["\u00a0port: 1", "1:1", "00A0"],
  ["providers:\n\u3000- name: a", "2:1", "3000"],
  ["providers:\n-\u00a0name: a", "2:2", "00A0"],
  [`${PROVIDER}\u200b  secret: x`, "4:1", "200B"],
])("a character that only looks like a space is reported: %j", (text, place, code) => {
  expect(errorOf(text)).toStartWith(
    `Cannot use the configuration: 1 problem\n\nc.yaml:${place}: Expected a space; this character only looks like one (U+${code})`,
  );
});

test("aliases that would use much memory are rejected", () => {
  const lines = ["a: &a0 [x, x]"];
  for (let i = 1; i < 30; i++) lines.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(9)}]`);
  expect(errorOf(lines.join("\n"))).toContain("Expected at most 100 uses of aliases");
});

test.each([
  [`${PROVIDER}  secret: hunter2 x`],
  [`${PROVIDER}  secret: |\n    hunter2\n    other`],
  [`${PROVIDER}  secret:hunter2\n  models: [a]`],
  [`${PROVIDER}  secret: "hunter2`],
  [`${PROVIDER}  secret: "hunter2\n  models: [a]`],
  [`${PROVIDER}  secret: @hunter2`],
  [`${PROVIDER}  secret: 'hunter2' x`],
  [`${PROVIDER}  secret: &s hunter2 x\n- name: b\n  url: https://b\n  secret: *s`],
  [`${PROVIDER}  "secret": a: hunter2`],
  [`${PROVIDER}  Authorization: hunter2`],
  [`${PROVIDER}  headers:\n    x-api-key: "hunter2\\u0001"`],
  [`${PROVIDER}  headers:\n    x-api-key: [hunter2]`],
  [`${PROVIDER}  headers: hunter2`],
  [`${PROVIDER}  query: [hunter2]`],
  [`${PROVIDER}  secret: ok\n  secret: hunter2`],
  ["providers: [{name: a, url: 'x://u:hunter2@lan', secret: hunter2}]"],
  ["providers: [{name: a, url: 'x://lan?api_key=hunter2'}]"],
  ["providers: [{name: a b, secret: hunter2, url: 'https://b'}"],
  ["providers:\n- name: Bearer hunter2\n  url: https://a"],
  ["providers:\n- name: sk-hunter2 x\n  url: https://a"],
  [`${PROVIDER}  secret_file: hunter2`],
  [`${PROVIDER}  ca_file: hunter2`],
  ["providers: [{name: a b, url: 'https://a.example/v1?sig=hunter2'}]"],
  ["providers: [{name: a, url: hunter2, secret: 'https://a.example/v1'}]"],
])("no secret is shown of %j", (text) => {
  const message = errorOf(text);
  expect(message).toContain("*");
  expect(message).not.toContain("hunter2");
});

test("the value of a key that holds no secret is shown", () => {
  const text = "attempts: {max_requests: 0, max_wait: 3s}";
  expect(errorOf(text)).toContain(`1 | ${text}`);
});

const KEY = "Zk81mQp07vXw55RtZk81mQp07vXw55Rt";

/** Keys in wrong places, with and without a prefix. */
test.each([
  [`providers:\n- name: ${KEY}\n  url: https://a.example`],
  [`providers:\n- name: "${KEY}="\n  url: https://a.example`],
  [`providers:\n- name: a b # ${KEY}\n  url: https://a.example`],
  [`${PROVIDER}  secret_file: ${KEY}`],
  [`${PROVIDER}  secret_file: ./${KEY}.txt`],
  [`${PROVIDER}  ${KEY}: true`],
  [`port: eleven # ${KEY}`],
  [`providers: [{name: a, url: "${KEY}", secret: "https://a.example/v1"}]`],
  [`providers: [{name: a b, url: "https://a.example/v1?sig=${KEY}"}]`],
  [`providers: [{name: a b, url: "https://a.example/v1", secret: "\${${KEY}}"}]`],
])("no key is shown of %j", (text) => {
  const message = errorOf(text);
  expect(message).toContain("Cannot use the configuration");
  expect(message).not.toContain(KEY.slice(0, 16));
});
