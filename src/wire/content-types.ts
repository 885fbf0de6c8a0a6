/** Content types of replies. Where Ollama names a charset, and where it does not, follows its server. */

export const JSON_WITH_CHARSET = "application/json; charset=utf-8";
export const JSON_TYPE = "application/json";
export const NDJSON_TYPE = "application/x-ndjson";
export const SSE_TYPE = "text/event-stream";
