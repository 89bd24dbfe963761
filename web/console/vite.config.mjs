import { defineConfig } from "vite";
import { notices } from "./build/notices.mjs";

// One collector over the page and its workers, which Vite builds apart.
const thirdParty = notices();

export default defineConfig({
  base: "/console/",
  plugins: [thirdParty.page],
  worker: { format: "es", plugins: () => [thirdParty.worker] },
  build: {
    outDir: "../../gql/ui/console",
    emptyOutDir: true,
    sourcemap: false,
    // Fonts and pictures stay files: cached by name, and no data: address in the style sheets.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // Monaco is one large chunk by nature; the page itself is the small one.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      onLog(level, log, handle) {
        // "use client" speaks to server rendering, which there is none of here.
        if (log.code !== "MODULE_LEVEL_DIRECTIVE") handle(level, log);
      },
      output: {
        codeSplitting: {
          // Libraries stand apart from the page's own code, so that a changed example renames one small
          // file. Monaco and prettier are left to their own chunks, which the page loads later.
          groups: [
            { name: "libraries", test: /\0vite\/|\/node_modules\/(?!monaco-|prettier\/)/ },
          ],
        },
      },
    },
  },
  // The GraphQL worker imports CommonJS packages, which a browser can load only when bundled.
  optimizeDeps: {
    include: [
      "monaco-graphql > picomatch-browser",
      "monaco-graphql > graphql-language-service > nullthrows",
      "monaco-graphql > graphql-language-service > debounce-promise",
    ],
  },
  server: {
    proxy: {
      "/graphql": { target: "http://127.0.0.1:8080", ws: true },
      "/schema.graphql": "http://127.0.0.1:8080",
    },
  },
});
