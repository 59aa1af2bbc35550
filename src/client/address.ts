// Where the server is: the two addresses that follow from the one that a program names, and how a token gets to the
// socket. As a subprotocol it stands in no address, which browsers print where a socket can't be opened.

import { RequestError } from "./errors.ts";

export interface Address {
  /** Both without a slash at the end. */
  http: string;
  socket: string;
}

const SCHEMES: Readonly<Record<string, "http" | "https">> = {
  "http:": "http",
  "https:": "https",
  "ws:": "http",
  "wss:": "https",
};

/** Throws a `RequestError`, `bad_request`, for what is no address. */
export function addressOf(url: string): Address {
  const parsed = /^[a-z]+:\/\//i.test(url) ? parsedOf(url) : null;
  const scheme = parsed && SCHEMES[parsed.protocol];
  if (!parsed || !scheme || parsed.username || parsed.search) {
    const wanted = "with its scheme, and without a user or a query, as in https://orchard.example.org";
    throw new RequestError("bad_request", `"${withoutSecrets(url)}" is no server's address: ${wanted}.`, {
      path: "url",
    });
  }
  const place = `://${parsed.host}${parsed.pathname.replace(/\/+$/, "")}`;
  return { http: `${scheme}${place}`, socket: `${scheme.replace("http", "ws")}${place}/subscribe` };
}

function parsedOf(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}

const withoutSecrets = (url: string) => url.replace(/\/\/[^/]*@/, "//").replace(/[?#].*/s, "");

/** How a token is brought; older servers know the query only. */
export type TokenWay = "subprotocol" | "query";

const SUBPROTOCOL = "orchard";
/** What may stand in a subprotocol, as all of our tokens do. */
const SENDABLE = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

/** The arguments of the socket's constructor. */
export function socketPlace({ socket }: Address, token: string, way: TokenWay): [url: string, protocols?: string[]] {
  if (way === "subprotocol" && SENDABLE.test(token)) return [socket, [SUBPROTOCOL, `auth.${token}`]];
  return [`${socket}?auth=${encodeURIComponent(token)}`];
}
