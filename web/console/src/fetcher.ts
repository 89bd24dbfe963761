// How the console talks to its server: queries and mutations by POST, subscriptions over one
// WebSocket each (graphql-transport-ws). Knows nothing of GraphiQL beyond its fetcher type.
//
// The toolkit's ready-made fetcher is not used for three reasons: it hides an answer that is not
// JSON (a 401 or 503 in plain words) behind a parse error, it reconnects a dropped subscription from
// its first position and so shows events twice, and it redraws for every event of a long past.
import type { Fetcher, FetcherOpts, FetcherParams } from "@graphiql/toolkit";
import { getOperationAST } from "graphql";
import { createClient, type ExecutionResult, type SubscribePayload } from "graphql-ws";

const PATH = "/graphql";
/** An answer that is not JSON is quoted up to this many characters. */
const QUOTED_CHARS_MAX = 500;

type Headers = Record<string, string>;

export const fetcher: Fetcher = (params, opts) => {
  const headers = textHeaders(opts);
  return isSubscription(params, opts) ? follow(params, headers) : ask(params, headers);
};

function isSubscription(params: FetcherParams, opts: FetcherOpts | undefined): boolean {
  if (!opts?.documentAST) return false;
  return getOperationAST(opts.documentAST, params.operationName)?.operation === "subscription";
}

/** The headers editor holds JSON, where a value may be a number; a header is text. */
function textHeaders(opts: FetcherOpts | undefined): Headers {
  return Object.fromEntries(
    Object.entries(opts?.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
}

/** An answer of our own in GraphQL's form, so that it shows as an error without a stack trace. */
function problem(message: string): ExecutionResult {
  return { errors: [{ message }] } as unknown as ExecutionResult;
}

async function ask(params: FetcherParams, headers: Headers): Promise<ExecutionResult> {
  try {
    const response = await fetch(PATH, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/graphql-response+json, application/json",
        ...headers,
      },
      body: JSON.stringify(params),
    });
    return parsed(response, await response.text());
  } catch (cause) {
    // The server is down, or a header is not one that may be sent.
    return problem(`The request to ${PATH} failed: ${cause instanceof Error ? cause.message : cause}`);
  }
}

function parsed(response: Response, body: string): ExecutionResult {
  try {
    return JSON.parse(body) as ExecutionResult;
  } catch {
    const quoted = body.trim().slice(0, QUOTED_CHARS_MAX) || "(empty)";
    const status = `HTTP ${response.status} ${response.statusText}`.trim();
    return problem(`${status}, and the answer is not JSON: ${quoted}`);
  }
}

/** What GraphiQL passes to an observable; it stops a subscription by `unsubscribe`. */
interface Observer {
  next(answer: ExecutionResult): void;
  error(cause: unknown): void;
  complete(): void;
}

/**
 * Hands on the answers of a subscription, at most one a frame: when more arrive, the newest stands
 * for them, since the response pane holds one answer only. So a long past neither freezes the page
 * nor piles up in memory. The headers travel as the payload of `connection_init`, for a browser
 * cannot set them on a socket. A dropped connection is shown, never silently taken up again.
 */
function follow(params: FetcherParams, headers: Headers): ReturnType<Fetcher> {
  const subscribe = (observer: Observer) => {
    const client = createClient({ url: socketUrl(), connectionParams: headers, retryAttempts: 0 });
    let newest: ExecutionResult | undefined;
    let finish: (() => void) | undefined;
    let frame = 0;
    const draw = () => {
      frame = 0;
      if (newest) observer.next(newest);
      newest = undefined;
      finish?.();
    };
    const drawSoon = () => {
      frame ||= requestAnimationFrame(draw);
    };
    let stopped = false;
    const end = (how: () => void) => {
      if (stopped) return;
      finish = how;
      drawSoon();
    };
    const release = client.subscribe(socketParams(params), {
      next(answer) {
        newest = answer as ExecutionResult;
        drawSoon();
      },
      error: (cause) => end(() => observer.error(readable(cause))),
      complete: () => end(() => observer.complete()),
    });
    return {
      unsubscribe() {
        stopped = true;
        cancelAnimationFrame(frame);
        release();
      },
    };
  };
  // The toolkit's type also asks for a form with three functions, which GraphiQL never calls.
  return { subscribe } as unknown as ReturnType<Fetcher>;
}

function socketUrl(): string {
  const url = new URL(PATH, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

function socketParams({ query, operationName, variables }: FetcherParams): SubscribePayload {
  return {
    query,
    ...(operationName ? { operationName } : {}),
    ...(variables ? { variables } : {}),
  };
}

/** Socket events carry no message; GraphQL errors and other errors are readable as they are. */
function readable(cause: unknown): unknown {
  if (cause instanceof CloseEvent) {
    return { message: `The WebSocket closed: ${cause.code} ${cause.reason}`.trim() };
  }
  if (cause instanceof Event) return { message: `No WebSocket to ${socketUrl()} could be opened` };
  return cause;
}
