/** The product as built: compiled once for all tests that drive it from outside. */
import { join } from "node:path";
import { build } from "../../packaging/build.ts";

// Not in a folder of its own each time: nothing tells a test that all tests are over, and it weighs 110 MB.
export const EXECUTABLE = await build(join(import.meta.dir, "../../node_modules/.cache/executable"));
