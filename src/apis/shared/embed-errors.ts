/** Error messages of the routes for embeddings. They differ from those of all other routes. */
import { ProxyError } from "../../chat/error.ts";
import type { ClientRequest } from "../endpoint.ts";

export function embedModelNotFound({ model }: Pick<ClientRequest, "model">): ProxyError {
  return new ProxyError("model-not-found", `model ${JSON.stringify(model)} not found, try pulling it first`);
}
