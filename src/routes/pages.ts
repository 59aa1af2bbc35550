// The pages that people open: one document for every place in them, and the files that it loads. They load nothing from
// elsewhere and run no text as code. Whoever asks for no document is answered as if there were no pages.

import { Elysia } from "elysia";
import type { Metrics } from "../telemetry/metrics.ts";
import type { ClientKey } from "./client-address.ts";
import type { Asking } from "./http.ts";
import type { InvitePreviews } from "./invite-previews.ts";
import { type BundledFile, bundlePages } from "./page-bundle.ts";
import { withPreview } from "./page-preview.ts";
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
/** With a code as they are made: no other is looked up. */
const INVITE = /^\/invite\/([\w-]+)\/?$/;
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

export interface PagesDependencies {
  metrics: Pick<Metrics, "httpAnswered">;
  clientKey: ClientKey;
  previews: Pick<InvitePreviews, "glance">;
  /** Where it is found from outside; null: not known. */
  public_url: string | null;
  /** What this server is called; null where it has no name of its own. */
  instance(): { name: string } | null;
}

/** Stands before the routes, so that what is asked for as a document never comes to them. */
export function pages({ metrics, clientKey, previews, public_url, instance }: PagesDependencies) {
  let files: Promise<ReadonlyMap<string, PageFile>> | null = null;
  /** The document of an invite tells where that leads. */
  const told = async (file: PageFile, { request, server }: Asking): Promise<PageFile> => {
    const { pathname } = new URL(request.url);
    const [, code] = INVITE.exec(pathname) ?? [];
    if (file.path !== DOCUMENT || !code) return file;
    const address = clientKey({ request, server });
    const inviting = await previews.glance(code, address);
    if (!inviting) return file;
    const html = new TextDecoder().decode(Bun.gunzipSync(file.gzipped));
    const surroundings = { public_url, name: instance()?.name || "orchard" };
    return fileOf({ ...file, gzipped: Bun.gzipSync(withPreview(html, inviting, surroundings)) });
  };
  return new Elysia({ name: "pages" }).onRequest(async ({ request, set, server }) => {
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
    const response = answerWith(await told(file, { request, server }), request, new URL(request.url).pathname);
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
  return new Map((await bundlePages()).map((file) => [file.path, fileOf(file)]));
}

function fileOf(file: BundledFile): PageFile {
  const digest = new Bun.CryptoHasher("sha256").update(file.gzipped).digest("base64url");
  return { ...file, etag: `"${digest.slice(0, 22)}"` };
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
