/** The product as built: compiled once for all tests that drive it from outside. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "../../packaging/build.ts";

const folder = mkdtempSync(join(tmpdir(), "ollama-proxy-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

export const EXECUTABLE = await build(folder);
