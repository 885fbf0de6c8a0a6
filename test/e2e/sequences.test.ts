/** The requests of well-known apps in their order, and the parts of the answers that they need. */
import { expect, test } from "bun:test";
import { useServer } from "../support/server.ts";

const server = useServer((url) => `providers:\n- name: lab\n  url: ${url}/v1\n  models: [m, vectors]\n`);

/** Method and path, what is sent, and a pattern that the answer's text must match. */
type Step = readonly [ask: string, body: unknown, answer: RegExp];

const HI = [{ role: "user", content: "hi" }];
const OLD_SHOW = { system: "", template: "", verbose: false, options: null };
const LOAD = { prompt: "", suffix: "", system: "", template: "", options: null };

const APPS: readonly (readonly [app: string, headers: Record<string, string>, steps: readonly Step[]])[] = [
  [
    "VS Code Copilot",
    { "user-agent": "GitHubCopilotChat/0.30", authorization: "Bearer " },
    [
      ["GET /api/version", undefined, /"version":"33\.0\.0"/],
      ["GET /api/tags", undefined, /"model":"\[lab\]-m"/],
      [
        "POST /api/show",
        { model: "[lab]-m" },
        /"general\.basename":"\[lab\]-m".*"capabilities":\["completion","tools"\]/,
      ],
      [
        "POST /v1/chat/completions",
        { model: "[lab]-m", messages: HI, stream: true, stream_options: { include_usage: true }, tools: [] },
        /"finish_reason":"stop"[^]*"usage"[^]*\[DONE\]/,
      ],
    ],
  ],
  [
    "koog",
    {},
    [
      ["GET /api/tags", undefined, /"parameter_size":"[^"]*"/],
      ["POST /api/show", { name: "[lab]-m" }, /"(\w+)\.context_length":\d+,"\1\.embedding_length":\d+/],
      ["POST /api/pull", { name: "[lab]-m", stream: false }, /success/],
      [
        "POST /api/chat",
        { model: "[lab]-m", messages: HI, stream: false, options: { temperature: 0.1 } },
        /"role":"assistant","content":"You said hi"/,
      ],
      ["POST /api/embeddings", { model: "[lab]-vectors", prompt: "abc" }, /^\{"embedding":\[3,0\]\}$/],
    ],
  ],
  [
    "Open WebUI",
    { "user-agent": "Python/3.11 aiohttp/3.12.15", accept: "*/*" },
    [
      ["GET /api/version", undefined, /"version":"\d+\.\d+\.\d+"/],
      ["GET /api/tags", undefined, /"model":"\[lab\]-m:latest"/],
      ["GET /api/ps", undefined, /"models":\[/],
      [
        "POST /api/chat",
        { model: "[lab]-m:latest", messages: HI, stream: true, options: {} },
        /"model":"\[lab\]-m:latest".*"done":true/s,
      ],
      ["GET /api/ps", undefined, /"name":"\[lab\]-m:latest".*"expires_at":"\d{4}-\d\d-\d\dT[^"]+Z"/],
      [
        "POST /api/generate",
        { model: "[lab]-m:latest", prompt: "", keep_alive: 0 },
        /"done_reason":"unload"/,
      ],
    ],
  ],
  [
    "the ollama command",
    { "user-agent": "ollama/0.33.0 (amd64 linux) Go/go1.26", "content-type": "application/json" },
    [
      ["HEAD /", undefined, /^$/],
      ["POST /api/show", { model: "[lab]-m", name: "", ...OLD_SHOW }, /"capabilities"/],
      ["POST /api/show", { model: "", name: "[lab]-m", ...OLD_SHOW }, /"capabilities"/],
      ["POST /api/generate", { model: "[lab]-m", ...LOAD }, /"done_reason":"load"/],
      ["POST /api/chat", { model: "[lab]-m", messages: HI, options: {} }, /"done":true/],
      ["GET /api/ps", undefined, /"digest":"[0-9a-f]{64}".*"size_vram":\d+/],
      ["POST /api/generate", { model: "[lab]-m", ...LOAD, keep_alive: "0s" }, /"done_reason":"unload"/],
      [
        "POST /api/pull",
        { model: "", username: "", password: "", name: "[lab]-m" },
        /"pulling manifest".*"pulling [0-9a-f]{12}".*"success"/s,
      ],
      [
        "POST /api/pull",
        { model: "", name: "nope" },
        /\{"error":"pull model manifest: file does not exist"\}\n$/,
      ],
    ],
  ],
];

test.each(APPS.map(([app, headers, steps]) => ({ app, headers, steps })))(
  "$app",
  async ({ headers, steps }) => {
    for (const [ask, body, answer] of steps) {
      const [method = "", path = ""] = ask.split(" ");
      const init = body === undefined ? {} : { body: JSON.stringify(body) };
      const response = await fetch(server.url + path, { method, headers, ...init });
      expect(await response.text()).toMatch(answer);
      expect(response.status).toBe(200);
    }
  },
);
