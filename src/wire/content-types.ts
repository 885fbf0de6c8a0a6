/** Content types of replies. They name a charset exactly where Ollama's server does. */

export const JSON_WITH_CHARSET = "application/json; charset=utf-8";
export const JSON_TYPE = "application/json";
export const NDJSON_TYPE = "application/x-ndjson";
export const SSE_TYPE = "text/event-stream";
