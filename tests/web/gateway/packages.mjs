// Packages of the gateway, for tests that lie elsewhere.

import { createRequire } from "node:module";

export const load = createRequire(new URL("../../../web/gateway/package.json", import.meta.url));
