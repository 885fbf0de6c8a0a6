import type { ModelInfo } from "../../chat/model.ts";
import { arrayAt, stringAt } from "../../wire/json.ts";
export function decodeModels(body: unknown): readonly ModelInfo[] | undefined {
  return arrayAt(body, "data").map((m) => ({ id: stringAt(m, "id") ?? "" }));
}
export function nextPage(_body: unknown): string | undefined {
  return undefined;
}
