/**
 * `/v1/models` in Ollama's format.
 *
 *     {"object":"list","data":[{"id":"[aliyun]-qwen3-max","object":"model","created":1767225600,"owned_by":"library"}]}
 */
import type { ListedModel } from "../../../chat/model.ts";

export function encodeModels(models: readonly ListedModel[]): object {
  return { object: "list", data: models.map(encodeModel) };
}

export function encodeModel({ name, modifiedAt }: ListedModel): object {
  return {
    id: name,
    object: "model",
    created: Math.floor(Date.parse(modifiedAt) / 1000) || 0,
    owned_by: "library",
  };
}
