// Tokens: JWTs bound to a login row. HS256 and nothing else, signed with one secret. A token that this file finds good
// is only a claim; whether its login still stands, the database says.

import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { SignJWT } from "jose/jwt/sign";
import type { Claims } from "../actors/session/authenticator.ts";

const ALGORITHM = "HS256";
const ISSUER = "orchard";
/** As jose words it for a token that it signs. */
const HEADER = Buffer.from(JSON.stringify({ alg: ALGORITHM })).toString("base64url");

export interface Tokens {
  /** `expires_ms` in Unix milliseconds; the token carries whole seconds. */
  sign(claims: Claims, expires_ms: number): Promise<string>;
  /** Null when the token isn't ours, is malformed or has expired. */
  verify(token: string): Claims | null;
}

/** Reads the time from `clock`, Unix milliseconds. */
export function createTokens(secret: string, clock: () => number): Tokens {
  const bytes = new TextEncoder().encode(secret);
  const key = createSecretKey(bytes);
  // At once, where jose would import the key and hand each token to another thread.
  const signatureOf = (signed: string) => createHmac("sha256", key).update(signed).digest("base64url");
  return {
    sign: ({ user_id, login }, expires_ms) =>
      new SignJWT()
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setSubject(String(user_id))
        .setJti(String(login))
        .setIssuedAt(Math.floor(clock() / 1000))
        .setExpirationTime(Math.floor(expires_ms / 1000))
        .sign(bytes),

    verify(token) {
      const [header, payload, signature, ...more] = token.split(".");
      if (!header || !payload || !signature || more.length > 0) return null;
      if (!isSame(signature, signatureOf(`${header}.${payload}`))) return null;
      if (header !== HEADER && !isOurs(token)) return null;
      return claimsIn(payload, clock());
    },
  };
}

/** Whether its header names our algorithm, and nothing that one would have to understand. */
function isOurs(token: string): boolean {
  try {
    const { alg, crit } = decodeProtectedHeader(token);
    return alg === ALGORITHM && crit === undefined;
  } catch {
    return false;
  }
}

/** However far they are the same, it takes the same time. */
function isSame(one: string, other: string): boolean {
  const [bytes, others] = [Buffer.from(one), Buffer.from(other)];
  return bytes.length === others.length && timingSafeEqual(bytes, others);
}

/** What of a token's claims is looked at, each as it may be in what somebody else signed with our secret. */
type Said = Partial<Record<"iss" | "sub" | "jti" | "exp" | "nbf", unknown>>;

/** Null where it isn't good now, or isn't ours. */
function claimsIn(payload: string, now_ms: number): Claims | null {
  const { iss, sub, jti, exp, nbf = 0 } = saidIn(payload);
  const is_ours = iss === ISSUER && sub !== undefined && jti !== undefined;
  if (!is_ours || typeof exp !== "number" || typeof nbf !== "number") return null;
  const now_s = Math.floor(now_ms / 1000);
  const [user_id, login] = [Number(sub), Number(jti)];
  const is_good = nbf <= now_s && now_s < exp && Number.isSafeInteger(user_id) && Number.isSafeInteger(login);
  return is_good ? { user_id, login } : null;
}

function saidIn(payload: string): Said {
  try {
    return JSON.parse(Buffer.from(payload, "base64url").toString()) ?? {};
  } catch {
    return {};
  }
}
