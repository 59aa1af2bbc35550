// Which pages may use the server, by the origin that their browser tells. Who is no page tells none and is free; so is a
// page that the server's own name serves. Others can neither read an answer nor have anything done.

import type { Failure } from "../protocol/outcome.ts";

export interface Origins {
  /** Whether that is every page. */
  readonly anybody: boolean;
  /** Whether a page of this origin, other than the server's own, may use it; a browser is told so. */
  admits(origin: string): boolean;
  /** `forbidden` where a page asks that may not. */
  refusal(request: Request): Failure | null;
}

/** Origins that are no host's. A browser says `null` for pages of no origin, whoever made them. */
const HOSTLESS = ["null", "file://"];
/** Schemes of which no page is, or not with a host. */
const NO_PAGES = ["ws", "wss", "ftp", "file", "blob", "data", "about", "javascript"];
const OF_APP = /^([a-z][a-z0-9+.-]*):\/\/[A-Za-z0-9._-]+(:\d{1,5})?$/;
const WILDCARD = "://*.";
/** What `*` stands for: one label of a host's name, or several. */
const LABELS = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

/** Whether it can be one of `allowed`: an origin as browsers write it, or `https://*.` and a name. */
export function isOriginPattern(text: string): boolean {
  if (HOSTLESS.includes(text)) return true;
  if (/^https?:/.test(text)) {
    const one = text.replace(WILDCARD, "://any.");
    return !one.includes("*") && URL.canParse(one) && new URL(one).origin === one;
  }
  const [, scheme] = OF_APP.exec(text) ?? [];
  return scheme !== undefined && !NO_PAGES.includes(scheme);
}

/** What is to be changed for a browser's way to write it, in brackets; nothing where that isn't known. */
export function patternFault(text: string): string {
  if (text === "*") return " among others (`*` stands alone)";
  const one = text.replace("://*.", "://any.");
  if (!/^https?:\/\//i.test(one) || one.includes("*") || !URL.canParse(one)) return "";
  const { origin, port } = new URL(one);
  const written =
    one === origin.toLowerCase() ? "" : origin.replace("://any.", text.includes("://*.") ? "://*." : "://any.");
  if (written === "") return "";
  const why = [
    /[A-Z]/.test(one) && "in small letters",
    port === "" && /:\d+(\/|$)/.test(one.slice("https:".length)) && "without the default port",
    /^[^/]+\/\/[^/]*[/?#]/.test(one) && "without a path",
  ].filter(Boolean);
  return why.length > 0 ? ` (write ${written}: ${why.join(", ")})` : "";
}

export function createOrigins(allowed: "*" | readonly string[]): Origins {
  const fits = allowed === "*" ? [() => true] : allowed.map(fitting);
  const admits = (origin: string) => fits.some((one) => one(origin));
  return {
    anybody: allowed === "*",
    admits,
    refusal(request) {
      const origin = request.headers.get("origin");
      return origin === null || admits(origin) || isOwn(origin, request) ? null : foreign_page;
    },
  };
}

const foreign_page: Failure = { code: "forbidden", message: "Pages of this origin may not use this server." };

function fitting(pattern: string): (origin: string) => boolean {
  if (!pattern.includes(WILDCARD)) return (origin) => origin === pattern;
  const [scheme, name] = pattern.split("*") as [string, string];
  return (origin) =>
    origin.startsWith(scheme) && origin.endsWith(name) && LABELS.test(origin.slice(scheme.length, -name.length));
}

/** Whether it is the origin at which the page asks. A proxy in front may speak `https` for the server, not the reverse. */
function isOwn(origin: string, { headers, url }: Request): boolean {
  const host = headers.get("host")?.toLowerCase();
  return origin === `https://${host}` || (origin === `http://${host}` && url.startsWith("http:"));
}
