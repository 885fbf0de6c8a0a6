/**
 * Records a reply of a provider as a new fixture.
 *
 *     bun run record NAME URL MODEL [--key-from-env VAR] [--prompt TEXT | --request FILE] [--api NAME]
 *
 * URL is the URL of the configuration, and `--api` its `api_type`. Requests a streamed chat from the provider, and writes the exact bytes of the reply to
 * `test/wire/NAME/upstream.*`, with `case.yaml` and the request. The key is masked in all files. Then runs the fixture, which writes the
 * expected reply of each client.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { UPSTREAM_API_NAMES, type UpstreamApiName, type UpstreamRequest } from "../src/apis/upstream-api.ts";
import { UPSTREAM_APIS } from "../src/apis/upstreams.ts";
import type { ChatRequest } from "../src/chat/request.ts";
import { createMasker } from "../src/masker.ts";
import type { ProviderOptions } from "../src/options/options.ts";
import { basePathOf, resolveOptions } from "../src/options/resolve.ts";
import { isObject, parseJson } from "../src/wire/json.ts";
import { ROOT } from "./compile.ts";

const USAGE =
  "Usage: bun run record NAME URL MODEL [--key-from-env VAR] [--prompt TEXT | --request FILE] [--api NAME]";
const TIMEOUT_MS = 5 * 60_000;
const MAX_REPLY_BYTES = 16 * 1024 * 1024;

interface RecordOptions {
  readonly name: string;
  readonly url: string;
  readonly model: string;
  readonly key: string | undefined;
  readonly prompt: string;
  /** Replaces members of the request. */
  readonly request: { readonly [member: string]: unknown };
  readonly api: UpstreamApiName;
}

interface Recording {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Throws `Error` with a message for the user. */
function parseOptions(args: readonly string[]): RecordOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      "key-from-env": { type: "string" },
      prompt: { type: "string" },
      request: { type: "string" },
      api: { type: "string", default: "openai" },
    },
  });
  const [name, url, model, ...rest] = positionals;
  if (name === undefined || url === undefined || model === undefined || rest.length > 0)
    throw new Error(USAGE);
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))
    throw new Error(`The name "${name}" must consist of a-z, 0-9 and -`);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new Error(`"${url}" is not an http(s) URL`);
  if (new URL(url).username !== "" || new URL(url).search !== "")
    throw new Error("The URL must hold no user, password or query; they would be recorded");
  if (values.prompt !== undefined && values.request !== undefined)
    throw new Error("Give either --prompt or --request");
  const api = UPSTREAM_API_NAMES.find((each) => each === values.api);
  if (api === undefined)
    throw new Error(`--api is one of ${UPSTREAM_API_NAMES.join(", ")}, not "${values.api}"`);
  const variable = values["key-from-env"];
  const key = variable === undefined ? undefined : process.env[variable];
  if (variable !== undefined && (key ?? "") === "") throw new Error(`The variable ${variable} is not set`);
  if (key !== undefined && createMasker([key]).text(key) === key)
    throw new Error(`The key in ${variable} is too short to be found in the reply and masked`);
  if (
    key !== undefined &&
    url.startsWith("http:") &&
    !/^(?:localhost|127\.|\[::1\])/.test(new URL(url).hostname)
  )
    throw new Error("A key needs https, or an address of this machine");
  const request = values.request === undefined ? {} : readRequest(values.request);
  return { name, url, model, key, prompt: values.prompt ?? "Say hello.", request, api };
}

function readRequest(path: string): { readonly [member: string]: unknown } {
  const request = parseJson(readFileSync(path, "utf8"));
  if (!isObject(request)) throw new Error(`${path} is no JSON object`);
  return request;
}

/** The possible URLs of the chat, in the order in which the proxy tries them. */
function candidateUrls(options: RecordOptions): readonly string[] {
  const { origin, pathname, host } = new URL(options.url);
  const api = UPSTREAM_APIS[options.api];
  const bases = api.basePaths(pathname.replace(/\/+$/, ""), basePathOf(api.optionSource, host));
  return bases.map((base) => origin + base + requestOf(options).path);
}

function headersOf(options: RecordOptions): { readonly [name: string]: string } {
  const api = UPSTREAM_APIS[options.api];
  return {
    ...api.headers,
    ...requestOf(options).headers,
    ...(options.key === undefined ? {} : api.auth(options.key, optionsOf(options))),
  };
}

function optionsOf({ api, url, model }: RecordOptions): ProviderOptions {
  return resolveOptions(UPSTREAM_APIS[api].optionSource, { host: new URL(url).host }, model, {});
}

/** As the proxy would send it. */
function requestOf(options: RecordOptions): UpstreamRequest {
  const { api, model, prompt } = options;
  const chat: ChatRequest = {
    model,
    messages: [{ role: "user", parts: [{ type: "text", text: prompt }] }],
    stream: true,
    tools: [],
    sampling: {},
  };
  return UPSTREAM_APIS[api].chat.encodeRequest(chat, model, optionsOf(options));
}

function bodyOf(options: RecordOptions): object {
  return { ...requestOf(options).body, ...options.request, model: options.model };
}

async function record(options: RecordOptions): Promise<Recording> {
  const body = JSON.stringify(bodyOf(options));
  const headers = {
    "content-type": "application/json",
    "accept-encoding": "identity",
    ...headersOf(options),
  };
  for (const url of candidateUrls(options)) {
    const response = await post(url, body, headers);
    if (response.status === 404 && url !== candidateUrls(options).at(-1)) continue;
    return {
      status: response.status,
      contentType: response.headers.get("content-type") ?? "",
      body: await readAll(response),
    };
  }
  throw new Error(`${options.url} has no path for chat requests`);
}

async function post(
  url: string,
  body: string,
  headers: { readonly [name: string]: string },
): Promise<Response> {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return await fetch(url, { method: "POST", body, headers, redirect: "error", signal });
  } catch (error) {
    throw new Error(`${url} did not answer: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function readAll(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_REPLY_BYTES) throw new Error("The reply is longer than 16 MiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const EXTENSIONS: readonly (readonly [type: string, extension: string])[] = [
  ["text/event-stream", "sse"],
  ["ndjson", "ndjson"],
  ["json", "json"],
  ["html", "html"],
];

function extensionOf(contentType: string): string {
  return EXTENSIONS.find(([type]) => contentType.includes(type))?.[1] ?? "txt";
}

/** Keeps bytes that are not UTF-8: each byte is one character during the search for the key. */
function maskBytes(bytes: Uint8Array, mask: (text: string) => string): Uint8Array {
  return Buffer.from(mask(Buffer.from(bytes).toString("latin1")), "latin1");
}

function write(options: RecordOptions, { status, contentType, body }: Recording): void {
  const { name, url, model, key, api } = options;
  const folder = join(ROOT, "test/wire", name);
  const { text: mask } = createMasker(key === undefined ? [] : [key]);
  mkdirSync(folder);
  const date = new Date().toISOString().slice(0, 10);
  const fields = {
    upstream: api,
    provider: new URL(url).host,
    recorded: { url, model, date },
    why: "Say what is special about this reply.",
    ...(status === 200 ? {} : { status, expect_status: status }),
    ...(contentType === "text/event-stream" ? {} : { content_type: contentType }),
  };
  writeFileSync(join(folder, "case.yaml"), mask(stringify(fields)));
  writeFileSync(join(folder, "recorded-request.json"), mask(`${JSON.stringify(bodyOf(options), null, 2)}\n`));
  writeFileSync(join(folder, `upstream.${extensionOf(contentType)}`), maskBytes(body, mask));
}

async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const folder = join(ROOT, "test/wire", options.name);
  if (existsSync(folder)) throw new Error(`${folder} exists; choose another name or remove it`);
  const recording = await record(options);
  try {
    write(options, recording);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  console.log(`${folder}: status ${recording.status}, ${recording.body.length} bytes`);
  console.log(
    "Read every file before you commit it. Replace ids of persons, and say in case.yaml why the reply matters.",
  );
  const { CI: _, ...environment } = process.env;
  const test = Bun.spawn([process.execPath, "test", "test/wire.test.ts", "-t", `^${options.name} reaches`], {
    cwd: ROOT,
    env: { ...environment, UPDATE: "1" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return test.exited;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
