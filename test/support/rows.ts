/** Tests from tables of requests and the answers of a real server. */
import { expect, test } from "bun:test";

/** Body text or JSON to send, status, content type, expected text or JSON. */
export type Row = readonly [ask: string, body: unknown, status: number, type: string | null, answer: unknown];

/** One test per row. `address` is called when the test runs. */
export function testRows(rows: readonly Row[], address: () => string): void {
  test.each(rows.map((row) => ({ name: `${row[0]} ${JSON.stringify(row[1]) ?? ""} → ${row[2]}`, row })))(
    "$name",
    async ({ row }) => {
      const [ask, body, status, type, answer] = row;
      const [method = "", path = ""] = ask.split(" ");
      const response = await fetch(address() + path, {
        method,
        redirect: "manual",
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      expect(typeof answer === "string" ? text : JSON.parse(text)).toEqual(answer);
      expect(response.status).toBe(status);
      expect(response.headers.get("content-type")).toBe(type);
    },
  );
}
