/**
 * Resolves the options for one model of one provider. Later layers override earlier ones: the defaults of the catalogue and of the API, the
 * preset of the provider, the presets of its models, the presets of model families, and the user's `options:`. Presets of model families
 * apply to every provider. The sources of the presets are the documentation of the providers and the errors that they sent.
 */
import { DEFAULT_OPTIONS, type ProviderOptions } from "./options.ts";
import type { OptionSource, ProviderPreset } from "./preset.ts";

/** `host` is the host of the URL, including the port. `model` is the provider's own name. */
export function resolveOptions(
  { defaults, presets, families }: OptionSource,
  host: string,
  model: string,
  configured: Partial<ProviderOptions>,
): ProviderOptions {
  const name = (model.split("/").at(-1) ?? "").toLowerCase();
  const preset = findPreset(presets, host);
  const models = [...(preset?.models ?? []), ...families];
  const layers = [
    defaults,
    preset?.options ?? {},
    ...models.filter(([pattern]) => pattern.test(name)).map(([, options]) => options),
  ];
  return Object.assign({}, DEFAULT_OPTIONS, ...layers, {
    // The only option that layers add to instead of overriding it.
    unsupportedParams: layers.flatMap((layer) => layer.unsupportedParams ?? []),
    ...configured,
  });
}

/** The path of a known provider's API; undefined for an unknown provider. */
export function basePathOf({ presets }: OptionSource, host: string): string | undefined {
  const preset = findPreset(presets, host);
  return preset === undefined ? undefined : (preset.basePath ?? "/v1");
}

function findPreset(presets: readonly ProviderPreset[], host: string): ProviderPreset | undefined {
  return presets.find((preset) => preset.host.test(host.toLowerCase()));
}
