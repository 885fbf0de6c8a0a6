/**
 * The floor: the least that a Bun program can do and still translate `/api/chat` to an OpenAI provider. It has only the parts that no proxy
 * can leave out: it aborts with the client, has one deadline, and writes a log line. `bun floor.ts PORT PROVIDER_URL`
 */
interface Chunk {
  readonly choices: readonly { readonly delta?: { readonly content?: string } }[];
}

interface Whole {
  readonly choices: readonly { readonly message: { readonly content: string } }[];
  readonly usage: { readonly completion_tokens: number };
}

interface ChatBody {
  readonly model: string;
  readonly stream?: boolean;
}

const DEADLINE_MS = 60_000;
const LOG_INTERVAL_MS = 100;
const [port = "", provider = ""] = process.argv.slice(2);
const utf8 = new TextEncoder();
const lines: string[] = [];

class Translator {
  #rest = "";
  readonly #utf8 = new TextDecoder();

  push(bytes: Uint8Array): string {
    this.#rest += this.#utf8.decode(bytes, { stream: true });
    let out = "";
    for (let end = this.#rest.indexOf("\n\n"); end >= 0; end = this.#rest.indexOf("\n\n")) {
      out += this.#line(this.#rest.slice(6, end));
      this.#rest = this.#rest.slice(end + 2);
    }
    return out;
  }

  #line(data: string): string {
    const time = new Date().toISOString();
    if (data === "[DONE]")
      return `{"model":"[p]-x","created_at":"${time}","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}\n`;
    const chunk: Chunk = JSON.parse(data);
    const content = chunk.choices[0]?.delta?.content;
    if (content === undefined) return "";
    return `{"model":"[p]-x","created_at":"${time}","message":{"role":"assistant","content":${JSON.stringify(content)}},"done":false}\n`;
  }
}

function streamOf(answer: Response, left: AbortController, timer: ReturnType<typeof setTimeout>): Response {
  const reader = answer.body?.getReader();
  const translator = new Translator();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const { value, done = true } = (await reader?.read()) ?? {};
        if (done || value === undefined) {
          clearTimeout(timer);
          controller.close();
          return;
        }
        const text = translator.push(value);
        if (text === "") continue;
        controller.enqueue(utf8.encode(text));
        return;
      }
    },
    cancel() {
      clearTimeout(timer);
      left.abort();
    },
  });
  return new Response(stream, { headers: { "content-type": "application/x-ndjson" } });
}

async function wholeOf(answer: Response, model: string): Promise<Response> {
  const whole: Whole = JSON.parse(await answer.text());
  return Response.json({
    model,
    created_at: new Date().toISOString(),
    message: { role: "assistant", content: whole.choices[0]?.message.content },
    done: true,
    done_reason: "stop",
    eval_count: whole.usage.completion_tokens,
  });
}

async function chat(request: Request): Promise<Response> {
  const body: ChatBody = JSON.parse(await request.text());
  const left = new AbortController();
  const timer = setTimeout(() => left.abort(), DEADLINE_MS);
  const answer = await fetch(`${provider}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk" },
    body: JSON.stringify({ ...body, model: body.model.slice("[p]-".length) }),
    signal: AbortSignal.any([request.signal, left.signal]),
    redirect: "manual",
  });
  lines.push(JSON.stringify({ time: new Date(), path: "/api/chat", model: body.model, status: 200 }));
  if (body.stream !== false) return streamOf(answer, left, timer);
  const whole = await wholeOf(answer, body.model);
  clearTimeout(timer);
  return whole;
}

setInterval(() => {
  if (lines.length > 0) console.warn(lines.splice(0).join("\n"));
}, LOG_INTERVAL_MS);

Bun.serve({
  port: Number(port),
  hostname: "127.0.0.1",
  development: false,
  idleTimeout: 0,
  fetch: (request) => (request.method === "POST" ? chat(request) : new Response("ok")),
});
