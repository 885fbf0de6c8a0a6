/** A real Chromium, and the page of a running executable in it. */
import { type Browser, type Page, launch as launchBrowser } from "puppeteer-core";
import { Home, type Serving } from "../support/program.ts";

export const CHROMIUM = Bun.which("chromium") ?? Bun.which("google-chrome");

/** Undefined: there is no Chromium. */
export function launch(): Promise<Browser> {
  // A container has no name spaces of users, which the sandbox needs.
  return launchBrowser({
    executablePath: CHROMIUM ?? "chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}

/** A running executable with its own home directory. */
export class Running implements AsyncDisposable {
  readonly home: Home;
  readonly url: string;
  #serving: Serving;

  private constructor(home: Home, serving: Serving, url: string) {
    this.home = home;
    this.#serving = serving;
    this.url = url;
  }

  /** `configuration` is the file without its port. */
  static async start(configuration: string): Promise<Running> {
    const home = new Home();
    home.write(configuration);
    const serving = home.serve();
    const [url = ""] = await serving.urls();
    // `ollama-proxy ui` finds the program by the port of the configuration.
    home.write(`port: ${new URL(url).port}\n${configuration}`);
    await serving.logged("Using the changed configuration");
    return new Running(home, serving, url);
  }

  /** Stops the program and starts it again on the same port. */
  async restart(): Promise<void> {
    await this.#serving.end("SIGTERM");
    this.#serving = this.home.serveAsConfigured();
    await this.#serving.urls();
  }

  /** Waits for a line of the log with this beginning. */
  async logged(beginning: string): Promise<void> {
    await this.#serving.logged(beginning);
  }

  /** Opens the page with a link that works once. */
  async open(browser: Browser): Promise<Page> {
    const { stdout } = await this.home.run("ui", "--print");
    const page = await (await browser.createBrowserContext()).newPage();
    await page.goto(stdout.split("\n")[0] ?? "");
    return page;
  }

  chat(model: string, headers: Record<string, string> = {}, fields: object = {}): Promise<Response> {
    const body = JSON.stringify({
      model,
      messages: [{ role: "user", content: "a private prompt" }],
      ...fields,
    });
    return fetch(`${this.url}/api/chat`, { method: "POST", body, headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#serving.end("SIGTERM");
    this.home.remove();
  }
}
