/** `ollama-proxy usage` with the history that the executable wrote. */
import { expect, test } from "bun:test";
import { post } from "../support/app.ts";
import { Home } from "../support/program.ts";

test("shows the requests of a program that has ended", async () => {
  const home = new Home();
  try {
    const none = await home.run("usage");
    expect(none).toMatchObject({ exitCode: 0, stderr: "" });
    expect(none.stdout).toStartWith("There is no history yet");

    await using serving = home.serve();
    const [url = ""] = await serving.urls();
    const ask = { model: "[demo]-echo", messages: [{ role: "user", content: "a private prompt" }] };
    await (await post(`${url}/api/chat`, ask, { headers: { "user-agent": "Zed/1.0" } })).text();
    expect(await serving.end("SIGTERM")).toBe(0);

    const table = await home.run("usage", "--by", "app");
    expect(table).toMatchObject({ exitCode: 0, stderr: "" });
    expect(table.stdout).toMatch(
      /^requests +failed +input +cached +output +first byte +cost +tokens\/s  app\n +1 +0 .*  Zed\n$/,
    );
    const { stdout } = await home.run("usage", "--json", "--since", "1d");
    expect(JSON.parse(stdout)).toMatchObject({ model: [{ name: "[demo]-echo", requests: 1, failed: 0 }] });
    expect(await home.run("usage", "--by", "year")).toMatchObject({ exitCode: 2 });
  } finally {
    home.remove();
  }
});
