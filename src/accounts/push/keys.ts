// The server's pair of keys for Web Push (VAPID): made once, and kept in the database as its other secrets are. Browsers
// have subscribed with the public one; another pair would make all of them deaf.

import { createECDH } from "node:crypto";
import { performed } from "../../db/engine/write.ts";
import type { Store } from "../../db/store.ts";

export interface PushKeys {
  /** Base64 for URLs: a point of the curve, uncompressed. */
  public_key: string;
  private_key: string;
}

export const PUSH_KEY = "push_private_key";
const CURVE = "prime256v1";

export async function keptKeys({ settings, writer }: Pick<Store, "settings" | "writer">): Promise<PushKeys> {
  const kept =
    (await settings.get(PUSH_KEY)) ?? (await performed(writer.perform, settings.putIfAbsent(PUSH_KEY, made())));
  const pair = createECDH(CURVE);
  pair.setPrivateKey(kept, "base64url");
  return { private_key: kept, public_key: pair.getPublicKey("base64url") };
}

/** 32 bytes, however small the number. */
function made(): string {
  const pair = createECDH(CURVE);
  pair.generateKeys();
  const bytes = Buffer.alloc(32);
  const number = pair.getPrivateKey();
  number.copy(bytes, bytes.length - number.length);
  return bytes.toString("base64url");
}

/** Whether a browser's key is a point of the curve, and its secret as long as it has to be. */
export function areBrowserKeys({ p256dh, auth }: { p256dh: string; auth: string }): boolean {
  const [point, secret] = [fromBase64(p256dh), fromBase64(auth)];
  return point !== null && isOnCurve(point) && secret?.length === SECRET_BYTES;
}

const SECRET_BYTES = 16;
const COORDINATE_BYTES = 32;
const UNCOMPRESSED = 4;
/** Of P-256: the prime, and what stands at the end of y² = x³ - 3x + b. */
const PRIME = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** By itself: what Bun's own refusal of a point leaves behind, it throws at whoever next uses its cryptography. */
function isOnCurve(point: Buffer): boolean {
  if (point.length !== 1 + 2 * COORDINATE_BYTES || point[0] !== UNCOMPRESSED) return false;
  const [x, y] = [1, 1 + COORDINATE_BYTES].map((at) => numberOf(point.subarray(at, at + COORDINATE_BYTES)));
  if (x === undefined || y === undefined || x >= PRIME || y >= PRIME) return false;
  return (y * y - (x * x * x - 3n * x + B)) % PRIME === 0n;
}

const numberOf = (bytes: Buffer) => BigInt(`0x${bytes.toString("hex")}`);

function fromBase64(text: string): Buffer | null {
  return /^[\w-]+={0,2}$/.test(text) ? Buffer.from(text, "base64url") : null;
}
