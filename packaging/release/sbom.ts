/** The bill of materials in CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json): the third-party parts of an executable. */
import pkg from "../../package.json" with { type: "json" };
import sources from "../known-models.json" with { type: "json" };
import { findLocked } from "./lock.ts";
import { LIBRARIES, licenseOf } from "./packages.ts";
import { TARGETS } from "./targets.ts";

export async function describeMaterials(seconds: number): Promise<string> {
  // Only the runtime of this machine is installed. All runtimes have the licence of the package `bun`.
  const runtimeLicense = await licenseOf("bun");
  const libraries = LIBRARIES.map(async (name) =>
    describe({ type: "library", name, license: await licenseOf(name), ...findLocked(name) }),
  );
  const runtimes = TARGETS.map(({ runtime: name }) =>
    describe({ type: "framework", name, license: runtimeLicense, ...findLocked(name) }),
  );
  const tables = sources.map((source) => describe({ type: "data", ...source }));
  const components = [...(await Promise.all(libraries)), ...runtimes, ...tables];
  const bom = {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: new Date(seconds * 1000).toISOString(),
      component: {
        type: "application",
        "bom-ref": pkg.name,
        name: pkg.name,
        version: pkg.version,
        licenses: [{ license: { id: pkg.license } }],
        externalReferences: [{ type: "vcs", url: pkg.homepage }],
      },
    },
    components,
    dependencies: [{ ref: pkg.name, dependsOn: components.map((component) => component["bom-ref"]) }],
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}

interface Material {
  readonly type: "library" | "framework" | "data";
  /** The name of the npm package. */
  readonly name: string;
  readonly version: string;
  /** SPDX identifier. */
  readonly license: string;
  /** `sha512-` and base64. */
  readonly integrity: string;
}

function describe({ type, name, version, license, integrity }: Material) {
  const hash = Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex");
  return {
    type,
    "bom-ref": name,
    name,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    hashes: [{ alg: "SHA-512", content: hash }],
    licenses: [{ license: { id: license } }],
  };
}
