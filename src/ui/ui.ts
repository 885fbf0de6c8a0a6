/**
 * The page for the owner of the machine, at `/ui/`. `ollama-proxy ui` opens it with a link that works once. Without a session
 * every path shows only how to get in.
 *
 * Nothing here is loaded or created before somebody asks for `/ui/`, except the list of recent requests.
 */
import { ProxyError } from "../chat/error.ts";
import type { Runtime } from "../runtime.ts";
import { type Actions, createActions } from "./actions.ts";
import { ASSETS, CLOSED_PAGE } from "./assets.ts";
import { guarded, isOwnRequest } from "./guard.ts";
import type { LiveRequests } from "./live.ts";
import { KEY_HEADER, Sessions, keyId } from "./session.ts";

const BASE = "/ui/";

/** The configuration file. */
export interface ConfigEditor {
  readonly path: string;
  /** Its text; the sample when there is none yet. Throws an `Error`. */
  readonly read: () => string;
  /** Writes the text if it is a valid configuration, and if the file still has the text `before`. Otherwise returns the reason. */
  readonly save: (text: string, before: string) => string | undefined;
}

export interface UiOptions {
  readonly editor: ConfigEditor;
  /** The file of the key that signs sessions. */
  readonly keyPath: string;
  readonly runtime: Runtime;
  /** The start of the program, on the clock of `Runtime.now`. */
  readonly startedAtMs: number;
  readonly live: LiveRequests;
  /** What is known of the providers, as `/ollama-proxy/status` tells it. */
  readonly status: () => object;
  /** What is known of every listed model. */
  readonly models: () => Promise<readonly object[]>;
  /** Forgets what was learned from errors for a model of a provider. False: there is no such provider. */
  readonly forget: (provider: string, model: string) => boolean;
  /** The words of the command that runs this program. */
  readonly program: readonly string[];
  /** Aborts when the program stops. */
  readonly stopping: AbortSignal;
  /** Hides secrets. */
  readonly mask: (text: string) => string;
}

export class Ui {
  readonly #sessions: Sessions;
  readonly #actions: Actions;
  readonly #options: UiOptions;

  constructor(options: UiOptions) {
    this.#options = options;
    this.#sessions = new Sessions(options.keyPath, options.runtime.now, options.startedAtMs);
    this.#actions = createActions(options);
  }

  /** Answers a request whose path is `/ui` or begins with `/ui/`. */
  async handle(request: Request): Promise<Response> {
    if (!isOwnRequest(request)) return guarded(new Response(null, { status: 403 }));
    const url = new URL(request.url);
    if (url.pathname === "/ui") return guarded(redirect());
    const path = url.pathname.slice(BASE.length);
    // Other ports of this host get the cookie too, so its name contains the port.
    const cookieName = `ollama-proxy-${url.port}`;
    if (path === "enter") return guarded(this.#enter(url, cookieName));
    const cookie = cookieOf(request, cookieName);
    if (cookie === undefined || !this.#sessions.isValid(cookie))
      return guarded(closed(path, this.#options.keyPath));
    return guarded(await this.#answer(request, path, url.searchParams));
  }

  #enter(url: URL, cookieName: string): Response {
    const cookie = this.#sessions.redeem(url.searchParams.get("code") ?? "");
    const response = redirect();
    const secure = url.protocol === "https:" ? "; Secure" : "";
    // Without an expiry it ends with the browser.
    if (cookie !== undefined)
      response.headers.set(
        "set-cookie",
        `${cookieName}=${cookie}; Path=${BASE}; HttpOnly; SameSite=Strict${secure}`,
      );
    return response;
  }

  async #answer(request: Request, path: string, query: URLSearchParams): Promise<Response> {
    const asset = ASSETS[path];
    if (asset !== undefined && request.method === "GET")
      return new Response(asset.text, { headers: { "content-type": asset.type } });
    const action = this.#actions[`${request.method} ${path}`];
    if (action === undefined) return new Response("404 page not found", { status: 404 });
    try {
      const result = await action(request, query);
      return result instanceof Response ? result : Response.json(result);
    } catch (error) {
      return this.#failure(error);
    }
  }

  #failure(error: unknown): Response {
    const { runtime, mask } = this.#options;
    const known = error instanceof ProxyError ? error : undefined;
    if (known === undefined) runtime.log("error", "Internal error of the page", { cause: String(error) });
    const message = known?.message ?? "Internal error of ollama-proxy; see its log for details";
    return Response.json({ error: mask(message) }, { status: known?.status ?? 500 });
  }
}

function redirect(): Response {
  return new Response(null, { status: 303, headers: { location: BASE } });
}

/** What everybody gets who has no session. */
function closed(path: string, keyPath: string): Response {
  const isPage = path === "";
  const type = isPage ? { "content-type": "text/html; charset=utf-8" } : {};
  const headers = { ...type, [KEY_HEADER]: keyId(keyPath) };
  return new Response(isPage ? CLOSED_PAGE : null, { status: 403, headers });
}

function cookieOf(request: Request, name: string): string | undefined {
  const cookies = (request.headers.get("cookie") ?? "").split(";").map((pair) => pair.trim());
  return cookies.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
