// The tabs that a first visit opens. Each query is a file of its own under examples/, so that
// `npm run check-examples` can hold them against the schema.
import type { GraphiQLProps } from "graphiql";
import network from "../examples/1-network.graphql?raw";
import evidence from "../examples/2-evidence.graphql?raw";
import trace from "../examples/3-trace.graphql?raw";
import traceVariables from "../examples/3-trace.variables.json?raw";
import clocks from "../examples/4-clocks.graphql?raw";
import follow from "../examples/5-follow.graphql?raw";
import { DEFAULT_HEADERS } from "./headers";

type Tab = NonNullable<GraphiQLProps["defaultTabs"]>[number];

const tab = (query: string, variables: string | null = null): Tab => ({
  query,
  variables,
  headers: DEFAULT_HEADERS,
});

export const EXAMPLES: Tab[] = [
  tab(network),
  tab(evidence),
  tab(trace, traceVariables),
  tab(clocks),
  tab(follow),
];
