/** The bill of materials, in CycloneDX: what is inside an executable besides this project's own code. */
import pkg from "../../package.json" with { type: "json" };
import { findLocked } from "./lock.ts";
import { TARGETS } from "./targets.ts";

/** Every runtime dependency is MIT, and so is Bun as a whole. */
const LICENSE = [{ license: { id: "MIT" } }];

export function describeMaterials(seconds: number): string {
  const runtimes = TARGETS.map((target) => target.runtime);
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
        licenses: LICENSE,
        externalReferences: [{ type: "vcs", url: pkg.homepage }],
      },
    },
    components: [
      ...Object.keys(pkg.dependencies).map((name) => describe(name, "library")),
      ...runtimes.map((name) => describe(name, "framework")),
    ],
    dependencies: [{ ref: pkg.name, dependsOn: [...Object.keys(pkg.dependencies), ...runtimes] }],
  };
  return `${JSON.stringify(bom, null, 2)}\n`;
}

function describe(name: string, type: string): object {
  const { version, integrity } = findLocked(name);
  return {
    type,
    "bom-ref": name,
    name,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    hashes: [
      {
        alg: "SHA-512",
        content: Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex"),
      },
    ],
    licenses: LICENSE,
  };
}
