/**
 * Resolves the options for one model of one provider. Later layers override earlier ones: the defaults of the catalogue and of the API, the
 * preset of the provider, the presets of its models, the presets of model families, and the user's `options:`. Presets of model families
 * apply to every provider. The sources of the presets are the documentation of the providers and the errors that they sent.
 *
 * The preset of a provider is found by its host. A host without a preset may be a server program: it is recognized by what its model list
 * says, and until then by its usual address.
 */
import { DEFAULT_OPTIONS, type ProviderOptions } from "./options.ts";
import type { OptionSource, ProviderPreset, ServerPreset } from "./preset.ts";

/** What a provider is, as far as it decides on its options. */
export interface ProviderKind {
  /** The host of the URL, including the port. */
  readonly host: string;
  /** The program that the provider runs; undefined: unknown. */
  readonly server?: ServerPreset | undefined;
}

/** `model` is the provider's own name. */
export function resolveOptions(
  { defaults, presets, servers = [], families }: OptionSource,
  { host, server }: ProviderKind,
  model: string,
  configured: Partial<ProviderOptions>,
): ProviderOptions {
  const name = (model.split("/").at(-1) ?? "").toLowerCase();
  const preset = findPreset(presets, host) ?? server ?? usualServer(servers, host);
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
export function basePathOf({ presets, servers = [] }: OptionSource, host: string): string | undefined {
  const preset = findPreset(presets, host);
  if (preset !== undefined) return preset.basePath ?? "/v1";
  return usualServer(servers, host) === undefined ? undefined : "/v1";
}

/** What the list says of one model. */
export interface ModelSigns {
  readonly owner: string | undefined;
  readonly createdAtSeconds: number | undefined;
}

/** The program that sent the list. `known` is the one that sent the last list: it is kept if this list names no owners. */
export function recognizeServer(
  { servers = [] }: OptionSource,
  models: readonly ModelSigns[],
  headers: Pick<Headers, "get">,
  known: ServerPreset | undefined,
): ServerPreset | undefined {
  const found = servers.find(({ signs: { ownerOfAll, ownerOfAny, dateOfAll, header } }) => {
    if (header !== undefined && header[1].test(headers.get(header[0]) ?? "")) return true;
    if (ownerOfAny !== undefined && models.some(({ owner }) => owner === ownerOfAny)) return true;
    return (
      models.length > 0 &&
      ((ownerOfAll !== undefined && models.every(({ owner }) => owner === ownerOfAll)) ||
        (dateOfAll !== undefined && models.every((model) => model.createdAtSeconds === dateOfAll)))
    );
  });
  return found ?? (models.every(({ owner }) => owner === undefined) ? known : undefined);
}

/** Whether the host has a preset of its own. */
export function isKnownHost({ presets }: OptionSource, host: string): boolean {
  return findPreset(presets, host) !== undefined;
}

function findPreset(presets: readonly ProviderPreset[], host: string): ProviderPreset | undefined {
  return presets.find((preset) => preset.host.test(host.toLowerCase()));
}

function usualServer(servers: readonly ServerPreset[], host: string): ServerPreset | undefined {
  return servers.find(({ usualHost }) => usualHost?.test(host.toLowerCase()) === true);
}
