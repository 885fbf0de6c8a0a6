/** `GET /metrics`, for Prometheus. Without `metrics: true` it is unknown, as on a real Ollama. */
import type { RouteRequest } from "./route.ts";

export function metrics({ services, version }: RouteRequest): Response {
  if (!services.metrics.isEnabled)
    return new Response("404 page not found", { status: 404, headers: { "content-type": "text/plain" } });
  const text = services.providers.reduce(
    (shown, { masker }) => masker.text(shown),
    services.metrics.render(version),
  );
  return new Response(text, { headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" } });
}
