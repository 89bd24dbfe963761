// The console page: GraphiQL over this server's own /graphql, with example queries and no request to
// anywhere else. Headers are never stored (see storage.ts): a reload forgets the token.
import "./workers";
import { GraphiQL } from "graphiql";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { EXAMPLES } from "./examples";
import { fetcher } from "./fetcher";
import { DEFAULT_HEADERS } from "./headers";
import { storage } from "./storage";
// Not graphiql/style.css: that one inlines its web fonts and a second copy of Monaco's styles.
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./console.css";

function Console() {
  return (
    <GraphiQL
      fetcher={fetcher}
      defaultTabs={EXAMPLES}
      defaultHeaders={DEFAULT_HEADERS}
      defaultEditorToolsVisibility="headers"
      isHeadersEditorEnabled
      shouldPersistHeaders={false}
      storage={storage}
    >
      <GraphiQL.Logo>
        <nav className="console-links" aria-label="Lianzhu">
          <a href="/schema.graphql">schema.graphql</a>
          <a href={`${import.meta.env.BASE_URL}THIRD-PARTY-NOTICES.txt`}>licences</a>
          <strong>Lianzhu 连珠</strong>
        </nav>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

const place = document.getElementById("console");
if (!place) throw new Error("index.html has no element with the id `console`");
createRoot(place).render(
  <StrictMode>
    <Console />
  </StrictMode>,
);
