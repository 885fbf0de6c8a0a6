/** The configuration of access: client keys, host and certificate. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig, parseConfig } from "../../src/config/load.ts";

test("client keys come from the configuration, the environment, or key files", () => {
  const folder = mkdtempSync(join(tmpdir(), "keys-"));
  writeFileSync(join(folder, "phone"), "Bearer 0123456789-phone\n");
  const text = `host: 0.0.0.0
api_keys:
- name: laptop
  secret: 0123456789-laptop
- name: desk
  secret: \${DESK_KEY}
- name: phone
  secret_file: ${join(folder, "phone")}
- name: 7
  secret: 12345678901234567890
allowed_hosts: [ai.example.com, 8.8.8.8]
`;
  const { config } = parseConfig(text, "c.yaml", { DESK_KEY: "0123456789-desk-desk" });
  rmSync(folder, { recursive: true });
  expect(config.apiKeys).toMatchObject([
    { name: "laptop", secret: "0123456789-laptop" },
    { name: "desk", secret: "0123456789-desk-desk" },
    { name: "phone", secret: "0123456789-phone" },
    { name: "7", secret: "12345678901234567890" },
  ]);
  expect(config.allowedHosts).toEqual(["ai.example.com", "8.8.8.8"]);
});

test("a file with a client key that others can read causes a warning", () => {
  if (process.platform === "win32") return;
  const folder = mkdtempSync(join(tmpdir(), "keys-"));
  const file = join(folder, "c.yaml");
  writeFileSync(file, "api_keys: [{name: a, secret: 0123456789abcdef}]\n", { mode: 0o644 });
  const { warnings } = loadConfig(file, {});
  rmSync(folder, { recursive: true });
  expect(warnings).toEqual([expect.stringContaining("chmod 600")]);
});
