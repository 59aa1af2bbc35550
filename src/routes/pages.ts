// The pages that people open: one document for every place in them, and the files that it loads. They load nothing from
// elsewhere and run no text as code. Whoever asks for no document is answered as if there were no pages.

import { Elysia } from "elysia";
import type { Metrics } from "../telemetry/metrics.ts";
import { type BundledFile, bundlePages } from "./page-bundle.ts";
import { isKnown } from "./tags.ts";

interface PageFile extends BundledFile {
  etag: string;
}

/** What a place in the pages begins with; the other paths are the server's own. */
const PLACE =
  /^\/(?:$|(?:login|register|invite|reset|setup|email|friends|conversations|servers|settings|admin)(?:\/|$))/;
/** What may be asked for as a file. */
const FILE = /^\/(?:assets\/[\w.-]+|worker\.js|manifest\.webmanifest|icon(?:-\d+)?\.(?:png|svg))$/;
const DOCUMENT = "/index.html";
/** Pages ask their own server alone, and show pictures of it and such as they made themselves. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types orchard",
].join("; ");

/** Stands before the routes, so that what is asked for as a document never comes to them. */
export function pages(metrics: Pick<Metrics, "httpAnswered">) {
  let files: Promise<ReadonlyMap<string, PageFile>> | null = null;
  return new Elysia({ name: "pages" }).onRequest(async ({ request, set }) => {
    const path = wantedOf(request);
    if (path === null) return;
    // What fails to be made once may be made the next time.
    files ??= filesOf().catch((error) => {
      files = null;
      throw error;
    });
    const file = (await files).get(path);
    if (!file) return;
    Object.assign(set.headers, { "content-security-policy": POLICY, "cross-origin-resource-policy": "same-origin" });
    const response = answerWith(file, request, new URL(request.url).pathname);
    metrics.httpAnswered(response.status);
    return response;
  });
}

/** The path of the file that answers the request; null where that is none. */
function wantedOf({ method, url, headers }: Request): string | null {
  if (method !== "GET" && method !== "HEAD") return null;
  const { pathname } = new URL(url);
  if (FILE.test(pathname)) return pathname;
  return PLACE.test(pathname) && acceptsHtml(headers.get("accept")) ? DOCUMENT : null;
}

/** Browsers name it first of all; who takes anything wants no document. */
const acceptsHtml = (accept: string | null) => /(?:^|,)\s*text\/html\s*(?:[;,]|$)/i.test(accept ?? "");

async function filesOf(): Promise<ReadonlyMap<string, PageFile>> {
  const files = (await bundlePages()).map((file): [string, PageFile] => {
    const digest = new Bun.CryptoHasher("sha256").update(file.gzipped).digest("base64url");
    return [file.path, { ...file, etag: `"${digest.slice(0, 22)}"` }];
  });
  return new Map(files);
}

function answerWith({ path, type, gzipped, etag }: PageFile, request: Request, asked: string): Response {
  const lasts = path.startsWith("/assets/");
  const headers: Record<string, string> = {
    "content-type": type,
    "cache-control": lasts ? "public, max-age=31536000, immutable" : "no-cache",
    vary: path === DOCUMENT ? "Accept, Accept-Encoding" : "Accept-Encoding",
    etag,
    // Who has an invitation may follow it; nobody else is to find it.
    ...(asked.startsWith("/invite/") && { "x-robots-tag": "noindex" }),
  };
  if (isKnown(request, etag)) return new Response(null, { status: 304, headers });
  if (!takesGzip(request)) return new Response(Bun.gunzipSync(gzipped), { headers });
  return new Response(gzipped, { headers: { ...headers, "content-encoding": "gzip" } });
}

const takesGzip = ({ headers }: Request) =>
  /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(headers.get("accept-encoding") ?? "");
