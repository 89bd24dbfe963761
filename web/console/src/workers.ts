// Where Monaco gets its three workers: files of this build, so that a policy of `worker-src 'self'`
// is enough. GraphiQL's own set-up module for Vite is left aside: it breaks the dev server.
import type { Environment } from "monaco-editor";
import EditorWorker from "monaco-editor/esm/vs/editor/editor.worker.js?worker";
import JsonWorker from "monaco-editor/esm/vs/language/json/json.worker.js?worker";
import GraphqlWorker from "monaco-graphql/esm/graphql.worker.js?worker";

const environment: Environment = {
  getWorker(_moduleId, label) {
    switch (label) {
      case "json":
        return new JsonWorker();
      case "graphql":
        return new GraphqlWorker();
      default:
        return new EditorWorker();
    }
  },
};

window.MonacoEnvironment = environment;
