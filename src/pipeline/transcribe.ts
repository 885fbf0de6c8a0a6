/** `/v1/audio/transcriptions`: the form is passed on, under the provider's name of the model. */
import { ProxyError } from "../chat/error.ts";
import { decodeError } from "../apis/shared/upstream-errors.ts";
import { errorInTranscript } from "../apis/shared/whole-reply.ts";
import { openAiPathOf } from "../providers/provider.ts";
import type { Scope } from "./services.ts";
import { findTarget } from "./find-model.ts";
import { refusal } from "./errors.ts";
import { sendWithRetry } from "./retry.ts";

/** As a request's body is read. */
export type Form = Awaited<ReturnType<Request["formData"]>>;

export interface Transcript {
  /** As the provider wrote it: JSON, plain text, subtitles, or events. */
  readonly text: string;
  readonly contentType: string;
}

/** Throws `ProxyError`, in Ollama's words where it checks the same. */
export async function transcribe(form: Form, scope: Scope): Promise<Transcript> {
  const name = form.get("model");
  if (typeof name !== "string" || name === "") throw new ProxyError("bad-request", "model is required");
  scope.note({ model: name, lane: "relay" });
  const file = form.get("file");
  if (!(file instanceof Blob)) {
    throw new ProxyError("bad-request", "file is required: http: no such file");
  }
  if (file.size === 0) throw new ProxyError("bad-request", "audio file is empty");
  const { provider, listed } = await findTarget(name, scope.gateway.catalog);
  scope.note({ provider: provider.name });
  const passedOn = new FormData();
  for (const [field, value] of form.entries())
    passedOn.append(field, field === "model" ? listed.model.id : value);
  const encoded = new Response(passedOn);
  const call = {
    method: "POST",
    path: openAiPathOf(provider, "/audio/transcriptions"),
    body: await encoded.blob(),
    contentType: encoded.headers.get("content-type") ?? undefined,
    accept: "*/*",
    signal: scope.signal,
  } as const;
  const exchange = await sendWithRetry(provider, call, scope.gateway.runtime);
  if (!exchange.ok) throw explain(await refusal(exchange, decodeError, { id: listed.model.id, name }));
  const text = await exchange.text();
  const contentType = provider.masker.text(exchange.headers.get("content-type") ?? "application/json");
  const error = errorInTranscript(text, contentType);
  if (error !== undefined) throw error.from(provider);
  return { text, contentType };
}

/** Most providers do not listen. */
function explain(error: ProxyError): ProxyError {
  if (error.kind !== "upstream-no-path") return error;
  const { provider } = error;
  return new ProxyError("unsupported", "this provider does not transcribe audio", { provider, cause: error });
}
