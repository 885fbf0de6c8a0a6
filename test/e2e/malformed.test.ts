/** Bodies that are not JSON, and the words of a real Ollama for them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type TestApp, startTestApp, testProvider } from "../support/app.ts";

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp([testProvider("http://127.0.0.1:9/v1")]);
});
afterAll(() => app[Symbol.asyncDispose]());

const VALUE = "looking for beginning of value";
const KEY = "looking for beginning of object key string";

test.each([
  ["{", "unexpected EOF"],
  ['{"model"', "unexpected EOF"],
  ['{"model":', "unexpected EOF"],
  ['{"model":"m"', "unexpected EOF"],
  ['{"model":"m",', "unexpected EOF"],
  ['{"model":"abc', "unexpected EOF"],
  ['{"model":"\\', "unexpected EOF"],
  ['{"model":"\\u00', "unexpected EOF"],
  ['{"a":[1,2', "unexpected EOF"],
  ["tru", "unexpected EOF"],
  ["-", "unexpected EOF"],
  ["1.", "unexpected EOF"],
  ["1e", "unexpected EOF"],
  ["1e+", "unexpected EOF"],
  ["x", `invalid character 'x' ${VALUE}`],
  ["}", `invalid character '}' ${VALUE}`],
  ["<html>", `invalid character '<' ${VALUE}`],
  ["/* c */ {}", `invalid character '/' ${VALUE}`],
  ["NaN", `invalid character 'N' ${VALUE}`],
  ["é", `invalid character 'Ã' ${VALUE}`],
  ["汉", `invalid character 'æ' ${VALUE}`],
  ["😀", `invalid character 'ð' ${VALUE}`],
  ["\0", `invalid character '\\x00' ${VALUE}`],
  ['{"a":é}', `invalid character 'Ã' ${VALUE}`],
  ['{"a":\u007f}', `invalid character '\\x7f' ${VALUE}`],
  ["{\"a\":'x'}", `invalid character '\\'' ${VALUE}`],
  ['{"a":undefined}', `invalid character 'u' ${VALUE}`],
  ['{"a"::1}', `invalid character ':' ${VALUE}`],
  ["[1,]", `invalid character ']' ${VALUE}`],
  ['{"model":"m",}', `invalid character '}' ${KEY}`],
  ["{model:1}", `invalid character 'm' ${KEY}`],
  ["{'model':1}", `invalid character '\\'' ${KEY}`],
  ["{é:1}", `invalid character 'Ã' ${KEY}`],
  ["{,}", `invalid character ',' ${KEY}`],
  ['{"a":1,,}', `invalid character ',' ${KEY}`],
  ['{"model" "m"}', "invalid character '\"' after object key"],
  ['{"model":"m" "a"}', "invalid character '\"' after object key:value pair"],
  ['{"a":01}', "invalid character '1' after object key:value pair"],
  ['{"a":nulll}', "invalid character 'l' after object key:value pair"],
  ['{"a":{"b":1]}', "invalid character ']' after object key:value pair"],
  ["[1 2]", "invalid character '2' after array element"],
  ['{"a":[1,2}', "invalid character '}' after array element"],
  ['{"model":"a\nb"}', "invalid character '\\n' in string literal"],
  ['{"model":"a\tb"}', "invalid character '\\t' in string literal"],
  ['{"a":"\u0001"}', "invalid character '\\x01' in string literal"],
  ['{"model":"\\x"}', "invalid character 'x' in string escape code"],
  ['{"model":"\\u12G4"}', "invalid character 'G' in \\u hexadecimal character escape"],
  ["trux", "invalid character 'x' in literal true (expecting 'e')"],
  ["falsy", "invalid character 'y' in literal false (expecting 'e')"],
  ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
  ["-x", "invalid character 'x' in numeric literal"],
  ['{"a":-}', "invalid character '}' in numeric literal"],
  ["1.x", "invalid character 'x' after decimal point in numeric literal"],
  ['{"a":1.}', "invalid character '}' after decimal point in numeric literal"],
  ["1ex", "invalid character 'x' in exponent of numeric literal"],
  ["1.5", "json: cannot unmarshal number into Go value of type api.ChatRequest"],
  ["01", "json: cannot unmarshal number into Go value of type api.ChatRequest"],
])("%j is an error: %s", async (body, error) => {
  const response = await fetch(`${app.url}/api/chat`, { method: "POST", body });
  expect([response.status, await response.json()]).toEqual([400, { error }]);
});

const WRONG = '{"model":"m",}';
const WORDS = `invalid character '}' ${KEY}`;

test.each([
  ...["generate", "show", "embed", "embeddings", "pull", "push", "create", "copy"].map(
    (route) => ["POST", `/api/${route}`, { error: WORDS }] as const,
  ),
  ["DELETE", "/api/delete", { error: WORDS }] as const,
  ...["chat/completions", "completions", "embeddings", "responses"].map(
    (route) => ["POST", `/v1/${route}`, { error: expect.objectContaining({ message: WORDS }) }] as const,
  ),
  [
    "POST",
    "/v1/messages",
    expect.objectContaining({ error: expect.objectContaining({ message: WORDS }) }),
  ] as const,
])("%s %s tells the same words", async (method, path, answer) => {
  const response = await fetch(app.url + path, { method, body: WRONG });
  expect([response.status, await response.json()]).toEqual([400, answer]);
});

test("an error escapes the characters of HTML", async () => {
  const response = await fetch(`${app.url}/api/chat`, { method: "POST", body: "<html>" });
  expect(await response.text()).toBe(
    String.raw`{"error":"invalid character '\u003c' looking for beginning of value"}`,
  );
});

/** A real Ollama refuses it, but editors on Windows write it into files that are sent. */
test("a byte order mark before the body is ignored", async () => {
  const response = await fetch(`${app.url}/api/show`, { method: "POST", body: '\ufeff{"model":"[p]-m"}' });
  expect(response.status).toBe(200);
});
