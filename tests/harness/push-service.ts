// A push service on this machine, and browsers that subscribe there: it takes what the server sends, answers as a test
// wants it to, and has the browser read it as RFC 8291 says.

import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from "node:crypto";
import type { PushNotice } from "../../src/protocol/push.ts";

export interface Received {
  browser: Browser;
  headers: Headers;
  notice: PushNotice;
}

/** A browser, as it subscribes. */
export interface Browser {
  endpoint: string;
  keys: { p256dh: string; auth: string };
}

interface Known {
  browser: Browser;
  pair: ECDH;
  auth: Buffer;
  untaken: Received[];
  waiting: ((received: Received) => void)[];
}

type Answer = (received: Received) => Response | Promise<Response>;

const taken = () => new Response(null, { status: 201 });

export function openPushService(tls?: { cert: string; key: string }) {
  const browsers = new Map<string, Known>();
  const all: Received[] = [];
  const service = {
    /** How it answers from now on. */
    answer: taken as Answer,
    /** All that it was sent, in order. */
    all,
    url: "",
    subscribe(): Browser {
      const pair = createECDH("prime256v1");
      const auth = randomBytes(16);
      const p256dh = pair.generateKeys("base64url");
      const path = `/push/${randomBytes(9).toString("base64url")}`;
      const browser = { endpoint: `${service.url}${path}`, keys: { p256dh, auth: auth.toString("base64url") } };
      browsers.set(path, { browser, pair, auth, untaken: [], waiting: [] });
      return browser;
    },
    /** The next that the browser is sent, or was and nobody took. */
    take({ endpoint }: Browser): Promise<Received> {
      const known = browsers.get(new URL(endpoint).pathname);
      const next = known?.untaken.shift();
      return next ? Promise.resolve(next) : new Promise((resolve) => known?.waiting.push(resolve));
    },
    stop: () => server.stop(true),
  };
  const server = Bun.serve({
    ...{ port: 0, hostname: "127.0.0.1", ...(tls && { tls }) },
    async fetch(request) {
      const known = browsers.get(new URL(request.url).pathname);
      if (!known) return new Response(null, { status: 404 });
      const body = Buffer.from(await request.arrayBuffer());
      const notice = JSON.parse(decrypted(body, known.pair, known.auth)) as PushNotice;
      const received = { browser: known.browser, headers: request.headers, notice };
      all.push(received);
      const waiting = known.waiting.shift();
      if (waiting) waiting(received);
      else known.untaken.push(received);
      return service.answer(received);
    },
  });
  service.url = `${tls ? "https" : "http"}://127.0.0.1:${server.port}`;
  return service;
}

export type PushService = ReturnType<typeof openPushService>;

/** One record of `aes128gcm` (RFC 8188), whose key both sides agreed upon (RFC 8291). */
function decrypted(body: Buffer, pair: ECDH, auth: Buffer): string {
  const salt = body.subarray(0, 16);
  const key_length = body.readUInt8(20);
  const sender_key = body.subarray(21, 21 + key_length);
  const record = body.subarray(21 + key_length);
  const agreed = pair.computeSecret(sender_key);
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), pair.getPublicKey(), sender_key]);
  const secret = Buffer.from(hkdfSync("sha256", agreed, auth, info, 32));
  const key = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: aes128gcm\0", 16));
  const nonce = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: nonce\0", 12));
  const decipher = createDecipheriv("aes-128-gcm", key, nonce);
  decipher.setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  const end = padded.lastIndexOf(2);
  return padded.subarray(0, end).toString();
}
