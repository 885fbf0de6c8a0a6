/** The page in a real Chromium, of the compiled executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser, Page } from "puppeteer-core";
import { startUpstream } from "../support/upstream.ts";
import { CHROMIUM, Running, launch } from "./browser.ts";

const HELLO =
  'data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\n' +
  'data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3}}\n\ndata: [DONE]\n\n';
/** Markup, a script and marks that turn the direction of text. */
const HOSTILE = `<img src=x onerror=document.title='attacked'>\u202e"'&{{x}}`;

/** Requests for the model `slow` are answered when the test says so. */
let release = Promise.withResolvers<void>();
const upstream = startUpstream(async ({ path, text }) => {
  if (path.endsWith("/models"))
    return Response.json({ data: [{ id: "m" }, { id: "slow" }, { id: HOSTILE }] });
  if (text.includes('"slow"')) await release.promise;
  if (text.includes('"temperature"'))
    return Response.json({ error: { message: "Unsupported parameter: 'temperature'" } }, { status: 400 });
  if (text.includes("onerror")) return Response.json({ error: { message: HOSTILE } }, { status: 400 });
  return new Response(HELLO);
});

let browser: Browser;
let running: Running;
beforeAll(async () => {
  if (CHROMIUM === null) return;
  browser = await launch();
  running = await Running.start(`providers: [{name: p, url: "${upstream.url}/v1"}]\n`);
});
afterAll(async () => {
  upstream[Symbol.dispose]();
  if (CHROMIUM === null) return;
  await browser.close();
  await running[Symbol.asyncDispose]();
});

const inBrowser = test.skipIf(CHROMIUM === null);

/** The text of the rows of the first table, the newest first. */
function rows(page: Page): Promise<readonly string[]> {
  return page.$$eval("tbody tr", (found) => found.map((row) => row.textContent));
}

/** Waits until a condition is true in the page. */
async function until(page: Page, condition: string): Promise<void> {
  await page.waitForFunction(condition, { timeout: 20_000 });
}

/** Waits until the newest row has this text. */
function untilRow(page: Page, text: string): Promise<void> {
  return until(page, `document.querySelector("tbody tr")?.textContent.includes(${JSON.stringify(text)})`);
}

inBrowser("without the link there is nothing to see", async () => {
  const page = await (await browser.createBrowserContext()).newPage();
  await page.goto(`${running.url}/ui/`);
  expect(await page.$eval("pre", (element) => element.textContent)).toBe("ollama-proxy ui");
});

inBrowser("shows requests as they run, and stops one", async () => {
  const page = await running.open(browser);
  const answered = running.chat("[p]-m", { "user-agent": "Zed/1.0" });
  await (await answered).text();
  await untilRow(page, "complete");
  expect((await rows(page))[0]).toContain("Zed/1.0[p]-mp: m1");

  release = Promise.withResolvers();
  const slow = running.chat("[p]-slow");
  await untilRow(page, "running");
  await page.click("tbody tr button[aria-label^='Stop']");
  await untilRow(page, "canceled");
  expect((await slow).status).toBe(499);
  release.resolve();

  await page.click("tbody tr:nth-child(2) button.link");
  const details = await page.$eval("dialog", (element) => element.textContent);
  expect(details).toContain("Attempt 1, p: m, status 200: answered");
  await page.keyboard.press("Escape");
  await until(page, "document.querySelector('dialog') === null");
});

inBrowser("shows hostile names and errors as text", async () => {
  const page = await running.open(browser);
  await (await running.chat(`[p]-${HOSTILE}`)).text();
  await untilRow(page, "onerror");
  expect(await page.title()).toBe("Now – ollama-proxy");
  expect(await page.$$eval("img", (found) => found.length)).toBe(0);
});

inBrowser("plots the history, and shows the same numbers in a table", async () => {
  const page = await running.open(browser);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => errors.push(message.text()));
  await page.goto(`${running.url}/ui/#usage`);
  await page.waitForSelector("figure canvas");
  expect(await page.$$eval("figcaption", (found) => found.map((one) => one.textContent))).toEqual([
    "Requests",
    "Tokens",
    "Cost",
    "Time to the first byte",
    "Tokens per second",
    "Errors",
  ]);
  await page.select("form label:nth-child(2) select", "by model");
  await until(page, "document.querySelector('tbody')?.textContent.includes('[p]-m')");
  expect(errors).toEqual([]);
});

inBrowser("shows the providers and their models, and forgets what was learned", async () => {
  await (await running.chat("[p]-m", {}, { options: { temperature: 1 } })).text();
  const page = await running.open(browser);
  await page.goto(`${running.url}/ui/#providers`);
  await page.waitForSelector("tbody tr");
  expect(await page.$eval("section", (element) => element.textContent)).toStartWith("pModels3");
  expect((await rows(page))[0]).toBe("[p]-m32,768guesscompletion, toolsguess");
  await page.type("input[type=search]", "SLOW");
  await until(page, "document.querySelectorAll('tbody tr').length === 1");
  expect(await page.$eval("section li", (element) => element.textContent)).toStartWith("m: drop:temperature");
  await page.click("section li button");
  await until(page, "document.querySelector('section li') === null");
});

inBrowser("edits the configuration, with the errors of the log", async () => {
  const page = await running.open(browser);
  await page.goto(`${running.url}/ui/#config`);
  await until(page, "document.querySelector('textarea').value.includes('providers')");
  await page.focus("textarea");
  await page.keyboard.down("Control");
  await page.keyboard.press("Home");
  await page.keyboard.up("Control");
  await page.keyboard.type("prot: 1\n");
  await page.click("main button");
  await until(page, "document.querySelector('.result').textContent.includes('did you mean')");
  await page.focus("textarea");
  for (let key = 0; key < "prot: 1\n".length; key += 1) await page.keyboard.press("Backspace");
  await page.keyboard.type("metrics: true\n");
  await page.click("main button");
  await until(page, "document.querySelector('.result').textContent === 'Saved'");
  await running.logged("Using the changed configuration");
  expect((await fetch(`${running.url}/metrics`)).status).toBe(200);
});

inBrowser("an open page survives a restart of the program", async () => {
  const page = await running.open(browser);
  await running.restart();
  await (await running.chat("[p]-m")).text();
  await until(
    page,
    "document.querySelector('tbody tr') !== null && document.querySelector('#state')?.textContent === ''",
  );
  await page.reload();
  expect(await page.title()).toBe("Now – ollama-proxy");
});

inBrowser("has no problem that a tool for accessibility finds, in light, in dark and at 360 px", async () => {
  const page = await running.open(browser);
  const source = await Bun.file(join(import.meta.dir, "../../node_modules/axe-core/axe.min.js")).text();
  for (const scheme of ["light", "dark"]) {
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    for (const width of [360, 1200]) {
      await page.setViewport({ width, height: 800 });
      for (const view of ["now", "usage", "providers", "config"]) {
        await page.goto(`${running.url}/ui/#${view}`);
        await page.reload();
        await page.waitForSelector("main h2");
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
        await page.evaluate(source);
        const problems: unknown = await page.evaluate(
          "axe.run().then(({violations}) => violations.map(({id, nodes}) => id + ': ' + nodes.map(({html}) => html).join(' ')))",
        );
        expect([view, scheme, width, problems]).toEqual([view, scheme, width, []]);
      }
    }
  }
});

inBrowser("a page of another origin gets nothing, and cannot frame it", async () => {
  using foreign = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      new Response(
        `<iframe src="${running.url}/ui/"></iframe><script>
          const tries = ["", "main.js", "api/providers", "api/events"].map((path) =>
            fetch("${running.url}/ui/" + path, {credentials: "include"}).then(() => "read", () => "refused"));
          const stop = fetch("${running.url}/ui/api/stop", {method: "POST", credentials: "include", body: "{}", mode: "no-cors"}).then((r) => r.type, () => "refused");
          Promise.all([...tries, stop]).then((results) => { document.title = results.join(); });
        </script>`,
        { headers: { "content-type": "text/html" } },
      ),
  });
  const page = await running.open(browser);
  await page.goto(`http://localhost:${foreign.port}/`);
  await until(page, "document.title !== ''");
  expect(await page.title()).toBe("refused,refused,refused,refused,refused");
  const frame = page.frames()[1];
  expect(frame === undefined || !(await frame.content()).includes("ollama-proxy")).toBe(true);
});
