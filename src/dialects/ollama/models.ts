import type { ListedModel, ModelInfo } from "../../chat/model.ts";
import { arrayAt, stringAt } from "../../wire/json.ts";
export function decodeTags(body: unknown): readonly ModelInfo[] | undefined {
  return arrayAt(body, "models").map((m) => ({ id: stringAt(m, "name") ?? "" }));
}
export interface RunningModel extends ListedModel {
  readonly expiresAt: string;
  readonly contextLength: number;
}
export function encodeTags(models: readonly ListedModel[]): object {
  return {
    models: models.map((m) => ({
      name: m.name,
      model: m.name,
      modified_at: m.modifiedAt,
      size: 1,
      digest: "0".repeat(64),
      details: {},
    })),
  };
}
export function encodeShow(model: ListedModel): object {
  return {
    details: {},
    model_info: {},
    capabilities: model.model.capabilities,
    modified_at: model.modifiedAt,
  };
}
export function encodePs(models: readonly RunningModel[]): object {
  return { models: models.map((m) => ({ name: m.name, expires_at: m.expiresAt })) };
}
