/** The rest of Ollama's native API as `native-table.ts` has the main part: models are managed, and accounts asked for. */
import type { Row } from "../support/rows.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const BARE_JSON_TYPE = "application/json";

export const MANAGEMENT_ROWS: readonly Row[] = [
  ["POST /api/pull", { model: "[lab]-m", stream: false }, 200, BARE_JSON_TYPE, '{"status":"success"}'],
  [
    "POST /api/pull",
    { name: "nope", stream: false },
    500,
    BARE_JSON_TYPE,
    { error: "pull model manifest: file does not exist" },
  ],
  [
    "POST /api/pull",
    { name: "nope" },
    200,
    "application/x-ndjson",
    '{"status":"pulling manifest"}\n{"error":"pull model manifest: file does not exist"}\n',
  ],
  ...[
    ["POST /api/pull", "PullRequest"],
    ["POST /api/push", "PushRequest"],
    ["POST /api/create", "CreateRequest"],
    ["DELETE /api/delete", "DeleteRequest"],
    ["POST /api/show", "ShowRequest"],
  ].map(([ask = "", struct]): Row => [
    ask,
    { model: 1 },
    400,
    JSON_TYPE,
    { error: `json: cannot unmarshal number into Go struct field ${struct}.model of type string` },
  ]),
  [
    "POST /api/copy",
    { source: 1 },
    400,
    JSON_TYPE,
    { error: "json: cannot unmarshal number into Go struct field CopyRequest.source of type string" },
  ],
  ["POST /api/pull", {}, 400, JSON_TYPE, { error: "invalid model name" }],
  ["POST /api/pull", { model: "not a name" }, 400, JSON_TYPE, { error: "invalid model name" }],
  ["DELETE /api/delete", { name: "a!" }, 400, JSON_TYPE, { error: 'name "a!" is invalid' }],
  ["POST /api/copy", { source: "a!", destination: "b" }, 400, JSON_TYPE, { error: 'source "a!" is invalid' }],
  [
    "POST /api/copy",
    { source: "nope", destination: "x" },
    404,
    JSON_TYPE,
    { error: 'model "nope" not found' },
  ],
  ...[
    "a b",
    "ns!/m",
    "n.s/m",
    "ho st/ns/m",
    "host/n.s/m",
    "m:",
    "m:a/b c",
    "m:t:t",
    "ns/",
    "-m",
    `a${"b".repeat(80)}`,
  ].map((destination): Row => [
    "POST /api/copy",
    { source: "nope", destination },
    400,
    JSON_TYPE,
    { error: `destination ${JSON.stringify(destination)} is invalid` },
  ]),
  ...["m", "m:t", "ns/m", "host.x:5000/ns/m:t.1-a", "https://host/ns/m", `a${"b".repeat(79)}`].map(
    (destination): Row => [
      "POST /api/copy",
      { source: "nope", destination },
      404,
      JSON_TYPE,
      { error: 'model "nope" not found' },
    ],
  ),
  ["POST /api/copy", { source: "nope" }, 400, JSON_TYPE, { error: 'destination "" is invalid' }],
  ["DELETE /api/delete", { name: "nope" }, 404, JSON_TYPE, { error: "model 'nope' not found" }],
  ["DELETE /api/delete", {}, 400, JSON_TYPE, { error: "model is required" }],
  ["HEAD /api/blobs/sha256:" + "0".repeat(64), undefined, 404, JSON_TYPE, ""],
  ["POST /api/blobs/md5:1", "x", 400, JSON_TYPE, { error: "invalid digest format" }],
  ["POST /api/me", "", 401, JSON_TYPE, { error: "unauthorized", signin_url: "https://ollama.com/connect" }],
  ["POST /api/signout", "", 401, JSON_TYPE, { error: "you are not currently signed in" }],
  [
    "POST /api/experimental/web_search",
    { query: "x" },
    403,
    JSON_TYPE,
    { error: "ollama cloud is disabled: web search is unavailable" },
  ],
  ["POST /api/experimental/web_fetch", "", 400, JSON_TYPE, { error: "missing request body" }],
  ["GET /api/experimental/model-recommendations", undefined, 200, JSON_TYPE, '{"recommendations":[]}'],
];
