// Packages from where script/lib/setup.sh installs them: the build folder, so
// that nothing is written beside the sources.

import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const project = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)), "..", "..");

const folder = process.env.PUMPSCOPE_PEER_PACKAGES
  ?? path.join(project, "build", "bench", "peer");

export const load = createRequire(path.join(folder, "package.json"));
