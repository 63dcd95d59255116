import { defineConfig } from "vite";

// During development the API is another server: the mock, or pumpscope.
const api = process.env["DASHBOARD_API"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  build: {
    target: "es2022",
    // Nothing may become a data: URL, the policy of the pages has no such source.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
  },
  server: { proxy: { "/api": api, "/udf": api } },
});
