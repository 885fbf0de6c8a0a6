/** Messages of `/v1/messages`: blocks in any order, and their neutral messages. */
import { expect, test } from "bun:test";
import { ANTHROPIC, decoderFor } from "../support/client-api.ts";

const PIXEL = "iVBORw0KGgo=";

const decode = decoderFor(ANTHROPIC, { model: "[p]-m", max_tokens: 100 });

const MESSAGES: readonly (readonly [name: string, message: object, expected: readonly object[]])[] = [
  ["empty text", { role: "user", content: "" }, [{ role: "user", parts: [] }]],
  ["a system message in the middle", { role: "system", content: "s" }, [{ role: "system", text: "s" }]],
  [
    "an image by address",
    { role: "user", content: [{ type: "image", source: { type: "url", url: "https://x.test/a.png" } }] },
    [{ role: "user", parts: [{ type: "image-url", url: "https://x.test/a.png" }] }],
  ],
  [
    "a document",
    {
      role: "user",
      content: [
        { type: "document", title: "T", source: { type: "text", media_type: "text/plain", data: "d" } },
      ],
    },
    [{ role: "user", parts: [{ type: "text", text: "T\n\nd" }] }],
  ],
  [
    "a search result",
    {
      role: "user",
      content: [{ type: "search_result", title: "T", source: "S", content: [{ type: "text", text: "d" }] }],
    },
    [{ role: "user", parts: [{ type: "text", text: "T\nS\nd" }] }],
  ],
  [
    "a result without content",
    { role: "user", content: [{ type: "tool_result", tool_use_id: "t" }] },
    [{ role: "tool", toolCallId: "t", parts: [] }],
  ],
  [
    "thinking, hidden thinking, text and calls in turns",
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "h", signature: "one" },
        { type: "redacted_thinking", data: "x" },
        { type: "text", text: "a" },
        { type: "tool_use", id: "t1", name: "f", input: { n: 1 } },
        { type: "thinking", thinking: "m", signature: "" },
        { type: "text", text: "b" },
        { type: "tool_use", id: "t2", name: "f" },
      ],
    },
    [
      {
        role: "assistant",
        text: "ab",
        reasoning: "hm",
        signature: "one",
        toolCalls: [
          { id: "t1", name: "f", arguments: '{"n":1}' },
          { id: "t2", name: "f", arguments: "{}" },
        ],
      },
    ],
  ],
  [
    "text, results, documents and images in turns",
    {
      role: "user",
      content: [
        { type: "text", text: "a", cache_control: { type: "ephemeral" } },
        {
          type: "tool_result",
          tool_use_id: "t1",
          content: [
            { type: "document", source: { type: "content", content: [{ type: "text", text: "d" }] } },
            { type: "tool_reference", tool_name: "f" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
          ],
        },
        { type: "novel" },
        { type: "tool_result", tool_use_id: "t2", content: "r", is_error: false },
        { type: "text", text: "b" },
      ],
    },
    [
      {
        role: "tool",
        toolCallId: "t1",
        parts: [
          { type: "text", text: "d" },
          { type: "image", mediaType: "image/png", data: PIXEL },
        ],
      },
      { role: "tool", toolCallId: "t2", parts: [{ type: "text", text: "r" }] },
      {
        role: "user",
        parts: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
    ],
  ],
  [
    "blocks that only Anthropic can read",
    {
      role: "assistant",
      content: [
        { type: "redacted_thinking", data: "x" },
        { type: "server_tool_use", id: "s", name: "web_search", input: {} },
        { type: "text", text: "a" },
      ],
    },
    [{ role: "assistant", text: "a", toolCalls: [] }],
  ],
];

test.each(MESSAGES)("a message is read as clients write it: %s", (_name, message, expected) => {
  expect(decode({ messages: [message] })).toMatchObject({ messages: expected });
});
