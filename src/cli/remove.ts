/** `ollama-proxy remove`: removes a provider from the configuration. */
import { EditError, removeProvider } from "../config/edit.ts";
import { didYouMean } from "../config/nearest.ts";
import { describePickup } from "./add/pickup.ts";
import type { Options } from "./args.ts";
import { ConfigFile } from "./config-file.ts";
import { print } from "./console.ts";
import { EXIT } from "./exit-code.ts";

export async function remove(options: Options): Promise<number> {
  const file = new ConfigFile(options);
  const { argument: name = "" } = options;
  const names = file.providerNames;
  if (!names.includes(name)) {
    const hint =
      didYouMean(name, names) ?? (names.length === 0 ? "" : `; its providers are ${names.join(", ")}`);
    throw new EditError(`The configuration ${file.path} has no provider "${name}"${hint}`);
  }
  const config = file.replace(removeProvider(file.text, name));
  print(
    [`Removed "${name}" from ${file.path}`, ...(await describePickup(config, name, "removed"))].join("\n"),
  );
  return EXIT.ok;
}
