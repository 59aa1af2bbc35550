// One push on its way: encrypted for the browser (RFC 8291), signed for its push service (RFC 8292), and handed over in
// one request. Addresses are judged as they are dialled, whatever a name led to before; no redirect is followed, and of
// an answer only the status counts.

import { lookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { LRUCache } from "lru-cache";
import type { PushSubscription } from "../../db/queries/push-subscriptions.ts";
import { limits } from "../../domain/limits.ts";
import { hostOf, isLoopbackHost, mayDial } from "./endpoints.ts";
import type { PushKeys } from "./keys.ts";

/**
 * `untaken`: it was certainly not taken, and may be another time, after `retry_after_ms` at the earliest. `refused`: it
 * never will be. `gone`: nothing will be, ever. `unknown`: nobody can tell whether it was taken.
 */
export type Handed = { state: "sent" | "refused" | "gone" | "unknown" } | { state: "untaken"; retry_after_ms: number };

/** What is said of one channel replaces what a push service still has of it under this topic. */
export interface Push {
  payload: string;
  topic: string;
}

export type Dial = (to: PushSubscription, push: Push) => Promise<Handed>;

export interface DialOptions {
  keys: PushKeys;
  /** Who a push service turns to: a `mailto:` or `https:` URL. */
  subject: string;
  allow_private: boolean;
  clock(): number;
}

const ENCODING = "aes128gcm";
const WANTS_TIME: ReadonlySet<number> = new Set([408, 429]);

export function createDial({ keys, subject, allow_private, clock }: DialOptions): Dial {
  const signatures = new LRUCache<string, Promise<string>>({
    max: limits.push_services,
    ttl: limits.push_signature_ms,
  });
  const sign = async (origin: string) => {
    const { getVapidHeaders } = await webPush();
    const until_s = Math.floor((clock() + 2 * limits.push_signature_ms) / 1000);
    return getVapidHeaders(origin, subject, keys.public_key, keys.private_key, ENCODING, until_s).Authorization;
  };
  return async (to, { payload, topic }) => {
    const url = new URL(to.endpoint);
    const { encrypt } = await webPush();
    const signature = signatures.get(url.origin) ?? sign(url.origin);
    signatures.set(url.origin, signature);
    const { cipherText } = encrypt(to.p256dh, to.auth, payload, ENCODING);
    const headers = {
      ...{ Authorization: await signature, TTL: String(limits.push_ttl_s), Urgency: "high", Topic: topic },
      ...{ "Content-Encoding": ENCODING, "Content-Type": "application/octet-stream" },
      "Content-Length": String(cipherText.length),
    };
    return handOver(url, headers, cipherText, allow_private);
  };
}

/** Loaded only where somebody is told something. */
const webPush = async () => (await import("web-push")).default;
const requesting = ({ protocol }: URL) => (protocol === "http:" ? import("node:http") : import("node:https"));

class NotDialled extends Error {}

async function handOver(
  url: URL,
  headers: Record<string, string>,
  body: Buffer,
  allow_private: boolean,
): Promise<Handed> {
  const host = hostOf(url);
  if (isIP(host) !== 0 && !mayDial(host, allow_private)) return { state: "refused" };
  const by = await requesting(url);
  return new Promise((resolve) => {
    const is_own = allow_private && isLoopbackHost(url);
    const request = by.request(
      url,
      {
        ...{ method: "POST", headers, agent: false, lookup: judgedLookup(allow_private) },
        ...{ signal: AbortSignal.timeout(limits.push_deadline_ms), rejectUnauthorized: !is_own },
      },
      (response) => {
        resolve(answeredWith(response.statusCode ?? 0, response.headers["retry-after"]));
        response.destroy();
      },
    );
    request.on("error", (error) => resolve(failedWith(error)));
    request.end(body);
  });
}

/** Only such addresses as may be dialled; an error where there is none. */
function judgedLookup(allow_private: boolean): LookupFunction {
  return (host, _options, found) => {
    lookup(host, { all: true }, (error, addresses) => {
      if (error) return found(error, []);
      const allowed = addresses.filter(({ address }) => mayDial(address, allow_private));
      if (allowed.length === 0) return found(new NotDialled(`${host} leads into a private network`), []);
      found(null, allowed);
    });
  };
}

function answeredWith(status: number, retry_after: string | undefined): Handed {
  if (status >= 200 && status < 300) return { state: "sent" };
  if (status === 404 || status === 410) return { state: "gone" };
  if (status < 500 && !WANTS_TIME.has(status)) return { state: "refused" };
  const seconds = /^\d{1,9}$/.test(retry_after ?? "") ? Number(retry_after) : 0;
  return { state: "untaken", retry_after_ms: seconds * 1000 };
}

/** Before there was a connection nothing can have been taken. */
const UNCONNECTED: ReadonlySet<string> = new Set([
  ...[
    "ECONNREFUSED",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ENETUNREACH",
    "EHOSTUNREACH",
    "ConnectionRefused",
    "FailedToOpenSocket",
  ],
]);

function failedWith(error: Error & { code?: string }): Handed {
  if (error instanceof NotDialled) return { state: "refused" };
  const is_certain = UNCONNECTED.has(error.code ?? "") || /certificate|self.signed|altname/i.test(error.message);
  return is_certain ? { state: "untaken", retry_after_ms: 0 } : { state: "unknown" };
}
