import { expect, test } from "bun:test";
import { parseConfig } from "../../src/config/load.ts";

function load(provider: string) {
  return parseConfig(`providers:\n- name: a\n  ${provider}\n`, "c.yaml", {}).config.providers[0];
}

test.each([
  ["localhost:1234", "http://localhost:1234"],
  ["127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1"],
  ["'[::1]:8080'", "http://[::1]:8080"],
  ["192.168.0.20:8080", "http://192.168.0.20:8080"],
  ["nas:11434", "http://nas:11434"],
  ["nas.local", "http://nas.local"],
  ["api.example.com/v1", "https://api.example.com/v1"],
  ["172.40.0.1", "https://172.40.0.1"],
  ["' https://api.example.com/v1 '", "https://api.example.com/v1"],
  ["ｈｔｔｐｓ：／／api.example.com／v1", "https://api.example.com/v1"],
])("the URL %s is accepted", (pasted, url) => {
  expect(load(`url: ${pasted}`)?.url).toBe(url);
});

const URL_EXPECTED = "Expected a URL such as https://api.example.com/v1";

test.each([
  ["ftp://a.example", `${URL_EXPECTED}; this URL begins with ftp://`],
  ["https://", `${URL_EXPECTED}; this URL has no host`],
  ["https:///v1", `${URL_EXPECTED}; this URL has no host`],
  ["https://:8080", `${URL_EXPECTED}; this URL has no host`],
  ["https://a.example/v1 beta", `${URL_EXPECTED}; this URL contains white space`],
  ["https://a.example:99999", `${URL_EXPECTED}; this URL has an invalid host or port`],
  ["https://a.example:ports", `${URL_EXPECTED}; this URL has an invalid host or port`],
  ["''", `${URL_EXPECTED}; this value is empty`],
])("url %s is rejected", (url, message) => {
  expect(() => load(`url: ${url}`)).toThrow(
    `Cannot use the configuration: 1 problem\n\nc.yaml:3:8: ${message}\n   3 |   url: ${url}\n     |        ^`,
  );
});

test.each([
  "http://127.0.0.1:1",
  "http://127.8.9.1/v1",
  "http://[::1]:8080",
  "http://localhost:8080/v1",
  "http://LocalHost.",
  "http://models.localhost",
  "https://example.com",
])("a secret may be sent to %s", (url) => {
  expect(load(`url: "${url}"\n  secret: s`)?.secrets).toEqual(["s"]);
});

test("a secret may be sent over plain http if `allow_http` is set", () => {
  expect(load("url: http://lan\n  secret: s\n  allow_http: true")?.allowHttp).toBe(true);
});
